using System.Globalization;
using AudienceSync.Fakes;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>Profiles in pages as large as the real ones, and who of them is in which group by the rules that destinations run on.</summary>
internal sealed class CampaignProfiles : IProfileShards
{
    private static readonly MemberHasher Hasher = new("sixteen bytes it"u8.ToArray());

    private readonly ManualTimeProvider _time = new(new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly string? _chain;

    private CampaignProfiles(MemoryPageStore pages, string? chain) => (Pages, _chain) = (pages, chain);

    public MemoryPageStore Pages { get; }

    public static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"customer-{number}");

    /// <param name="profile">What a profile has besides its id.</param>
    public static Task<CampaignProfiles> NumberedAsync(int count, Func<int, Row>? profile = null) =>
        WriteAsync(Enumerable.Range(0, count).Select(number => new Row(profile?.Invoke(number) ?? []) { [ProfileColumns.Id] = Cell.Of(Id(number)) }));

    public static async Task<CampaignProfiles> WriteAsync(IEnumerable<Row> profiles)
    {
        var pages = new MemoryPageStore();
        var writer = new ChainWriter(pages, NewId.Create("pg", TimeProvider.System));
        foreach (var (key, row) in profiles.Select(row => (Key: Hasher.Key(row[ProfileColumns.Id].AsText()), Row: row)).OrderBy(pair => pair.Key))
        {
            await writer.AppendAsync(key, 0, row, default);
        }

        return new(pages, await writer.CompleteAsync(default));
    }

    public Task<ProfileSet> FoldAsync(CancellationToken cancellationToken) => Task.FromResult(new ProfileSet(1, 0, [new(_chain, 0)]));

    /// <summary>The groups of each profile that is in any, by the rules that their destinations run on.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> AssignAsync(ResolvedCampaign campaign, DateTimeOffset? asOf = null)
    {
        var rules = campaign.SubAudiences
            .SelectMany(sub => sub.Groups.Select(group => (group.GroupId, Rule: RuleCompiler.Compile(campaign.RuleOf(sub.Id, group.GroupId), asOf ?? _time.GetUtcNow()))))
            .ToList();
        var groups = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (_chain is null)
        {
            return groups;
        }

        await foreach (var page in Pages.ReadAsync(_chain, KeyRange.All, PageParts.Whole, default))
        {
            var ids = page.Find(ProfileColumns.Id)!;
            foreach (var (groupId, rule) in rules)
            {
                foreach (var row in rule.Select(page).ToArray())
                {
                    var id = ids[row].ToString()!;
                    groups[id] = [.. groups.GetValueOrDefault(id) ?? [], groupId];
                }
            }
        }

        return groups;
    }
}
