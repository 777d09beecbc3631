using System.Text;
using System.Text.Json;
using AudienceSync.Erasures;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Profiles.Imports;
using AudienceSync.Suppressions;
using Microsoft.Extensions.Logging.Abstractions;

namespace AudienceSync.Profiles;

/// <summary>The services of this folder over stores in memory.</summary>
internal sealed class ProfileWorld
{
    public static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public ProfileWorld(FoldLimits? limits = null)
    {
        Inbox = new(Time);
        SuppressionKeys = new("thirty-two bytes of a test secret"u8.ToArray(), Hasher);
        TrackingIds = new("a secret of the installation"u8.ToArray(), Hasher);
        Reader = new(Manifests, Inbox, Pages, Hasher);
        Attributes = new(AttributeStore);
        Suppressions = new(new MemorySuppressionStore(), Pages, SuppressionKeys, new(Pages), Time);
        Erasures = new(
            ErasureStore, Reader, Inbox, Suppressions, SuppressionKeys, Hasher, new PersonHashes("a third secret"u8.ToArray()), TrackingIds, new TestPersonSealer(),
            new MemoryErasureQueue(Time), new(), Time);
        Ingest = new(Inbox, Reader, Attributes, Hasher, TrackingIds, Erasures, Time);
        Consents = new(Reader, Inbox, Hasher, Time);
        Lookup = new(Reader, new ProfileSuppressions(Suppressions), Hasher, TrackingIds);
        Imports = new(Inbox, Attributes, ImportStore, Hasher, Time, NullLogger<ProfileImports>.Instance);
        Fold = new(Manifests, Inbox, Pages, Hasher, Time, NullLogger<ProfileFold>.Instance, limits ?? new());
    }

    public ManualTimeProvider Time { get; } = new(Start);

    public MemberHasher Hasher { get; } = new("sixteen bytes it"u8.ToArray());

    public TrackingIds TrackingIds { get; }

    public MemoryPageStore Pages { get; } = new();

    public MemoryProfileInbox Inbox { get; }

    public MemoryProfileManifestStore Manifests { get; } = new();

    public MemoryAttributeCatalogStore AttributeStore { get; } = new();

    public MemoryImportStore ImportStore { get; } = new();

    public ProfileReader Reader { get; }

    public AttributeCatalog Attributes { get; }

    public ProfileIngest Ingest { get; }

    public ProfileConsents Consents { get; }

    public SuppressionKeys SuppressionKeys { get; }

    public SuppressionList Suppressions { get; }

    public MemoryErasureStore ErasureStore { get; } = new();

    public ErasureService Erasures { get; }

    public ProfileLookup Lookup { get; }

    public ProfileImports Imports { get; }

    public ProfileFold Fold { get; }

    /// <summary>Sends operations, all of which must be accepted.</summary>
    public async Task SendAsync(params string[] operations)
    {
        var answer = await BatchAsync($$"""{"operations":[{{string.Join(',', operations)}}]}""");
        answer.Failed.ShouldBe(0, string.Join("; ", answer.Results.Select(result => result.Detail)));
    }

    public async Task<BatchAnswer> BatchAsync(string json) => (await TryBatchAsync(json)).ShouldBeOfType<Result<BatchAnswer>.Ok>().Value;

    public Task<Result<BatchAnswer>> TryBatchAsync(string json) => Ingest.BatchAsync(Json(json), CancellationToken.None);

    /// <summary>What the API shows of a profile, as JSON; null when there is none.</summary>
    public async Task<string?> ShowAsync(string id, bool unmasked = true) =>
        (await Lookup.ReadAsync(id, unmasked, CancellationToken.None)).Match(
            found => JsonSerializer.Serialize(found.Profile, ProfilesJson.Default.ProfileAnswer), _ => (string?)null);

    /// <summary>The attributes of a profile as JSON; null when there is none.</summary>
    public async Task<string?> AttributesAsync(string id) =>
        await ShowAsync(id) is { } json ? Json(json).GetProperty("attributes").GetRawText() : null;

    public Task<ProfileSet> FoldAsync() => Fold.FoldAsync(CancellationToken.None);

    public async Task<Import> ImportAsync(string file, ImportRequest request) =>
        (await TryImportAsync(Encoding.UTF8.GetBytes(file), request)).ShouldBeOfType<Result<Import>.Ok>().Value;

    public Task<Result<Import>> TryImportAsync(byte[] file, ImportRequest request) =>
        Imports.RunAsync(request, new MemoryStream(file), CancellationToken.None);

    /// <summary>Every row of a set, in order; checks on the way that keys lie in their shard and that counts are right.</summary>
    public async Task<List<(ulong Key, ProfileState Profile)>> RowsAsync(ProfileSet set)
    {
        var rows = new List<(ulong, ProfileState)>();
        set.Shards.Length.ShouldBe(1 << set.ShardBits);
        foreach (var (index, shard) in set.Shards.Index())
        {
            var before = rows.Count;
            if (shard.Chain is { } chain)
            {
                await foreach (var page in Pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, CancellationToken.None))
                {
                    for (var i = 0; i < page.Count; i++)
                    {
                        KeyRange.OfShard(index, set.ShardBits).Contains(page.Keys[i]).ShouldBeTrue();
                        page.RowHashes[i].ShouldBe(Hasher.Row(page.ReadRow(i)));
                        rows.Add((page.Keys[i], ProfileState.FromRow(page.ReadRow(i))));
                    }
                }
            }

            shard.Rows.ShouldBe(rows.Count - before);
            (shard.Chain is null).ShouldBe(shard.Rows == 0);
        }

        return rows;
    }

    public static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement.Clone();
}
