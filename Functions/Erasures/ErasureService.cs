using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Observability;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Suppressions;
using AudienceSync.Values;

namespace AudienceSync.Erasures;

/// <summary>Takes requests to erase people, and shows how far they are.</summary>
/// <remarks>
/// First the request is noted, then the tombstones are set, then the operation that drops the profile goes into the inbox. Whoever is stopped on the way has left
/// enough for the worker to go on with.
/// </remarks>
public sealed class ErasureService(
    IErasureStore store, ProfileReader profiles, IProfileInbox inbox, SuppressionList suppressions, SuppressionKeys keys, MemberHasher hasher, PersonHashes hashes,
    TrackingIds trackingIds, IPersonSealer sealer, IErasureQueue queue, ErasureOptions options, TimeProvider time) : IErasures
{
    /// <summary>Reason of tombstones.</summary>
    public const string Reason = "erasure";

    /// <summary>Writes in flight when many people are erased at once.</summary>
    private const int Degree = 8;

    /// <summary>Erases the person of a profile.</summary>
    /// <returns>404 when there is no such profile.</returns>
    public async Task<Result<ErasureView>> EraseAsync(string profileId, CancellationToken cancellationToken) =>
        await profiles.ReadAsync(profileId, cancellationToken) is { } profile
            ? await EraseAsync(PersonToErase.Of(profileId, profile, []), cancellationToken)
            : Refusal.NotFound("profile", profileId);

    /// <summary>Erases a person whether there is a profile or not: destinations may know people whom profiles do not.</summary>
    public async Task<Result<ErasureView>> EraseAsync(NewErasure wanted, CancellationToken cancellationToken)
    {
        var profileId = wanted.ProfileId ?? ""; // A body may say null.
        if (ProfileRules.CheckId(profileId, "/profileId") is { } fault)
        {
            return Refusal.Invalid([fault]);
        }

        var person = hashes.Of(profileId);
        var profile = await profiles.ReadAsync(profileId, cancellationToken);
        return profile is null && await store.ListOpenAsync(cancellationToken).FirstOrDefaultAsync(open => open.Person == person, cancellationToken) is { } open
            ? ViewOf(open)
            : await EraseAsync(PersonToErase.Of(profileId, profile, []), cancellationToken);
    }

    public async Task<Result<ErasureView>> GetAsync(string id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is { } erasure ? ViewOf(erasure) : Refusal.NotFound("erasure", id);

    /// <summary>Newest first.</summary>
    /// <param name="statuses">Null or none for all.</param>
    public async Task<ListPage<ErasureView>> ListAsync(IReadOnlyCollection<ErasureStatus> statuses, PageRequest page, CancellationToken cancellationToken) =>
        (await store.ListAsync(page, statuses.Count == 0 ? null : erasure => statuses.Contains(StatusOf(erasure)), cancellationToken)).Select(ViewOf);

    public async Task<ImmutableArray<string>> NoteAsync(IReadOnlyList<PersonToErase> people, CancellationToken cancellationToken)
    {
        if (people.Count == 0)
        {
            return [];
        }

        var now = time.GetUtcNow();
        var noted = people.Select(person => (Id: NewId.Create("ers", time), Person: PersonRecord.Of(person, [trackingIds.Of(person.Id), trackingIds.UrlTokenOf(person.Id)]))).ToList();
        await store.CreateAsync(
            [
                .. noted.Select(item => new Erasure
                {
                    Id = item.Id,
                    Person = hashes.Of(item.Person.Id),
                    Key = hasher.Key(item.Person.Id),
                    Sealed = sealer.Seal(JsonSerializer.Serialize(item.Person, ErasureDocuments.Default.PersonRecord), item.Id),
                    RequestedAt = now,
                    Receipts = [],
                }),
            ],
            cancellationToken);
        await BuryAsync(noted, cancellationToken);
        return [.. noted.Select(item => item.Id)];
    }

    public async Task BeginAsync(IReadOnlyList<string> erasureIds, CancellationToken cancellationToken)
    {
        if (erasureIds.Count == 0)
        {
            return;
        }

        var version = (await suppressions.FreezeAsync(cancellationToken)).Version;
        await Parallel.ForEachAsync(
            erasureIds,
            new ParallelOptions { MaxDegreeOfParallelism = Degree, CancellationToken = cancellationToken },
            async (id, token) => await store.UpdateAsync(id, erasure => erasure with { IsNoted = true, SuppressionVersion = version }, token));
        await WakeAsync(cancellationToken);
    }

    /// <summary>Does what a request left undone that was stopped.</summary>
    internal async Task CatchUpAsync(ErasedPerson person, CancellationToken cancellationToken)
    {
        await BuryAsync([(person.Erasure.Id, person.Record)], cancellationToken);
        await DropAsync(person.Id, person.Erasure.RequestedAt, cancellationToken);
        await BeginAsync([person.Erasure.Id], cancellationToken);
    }

    /// <summary>Who an erasure is about.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The keys of the installation are others now.</exception>
    internal ErasedPerson Open(Erasure erasure) => new(
        erasure, JsonSerializer.Deserialize(sealer.Open(erasure.Sealed!, erasure.Id), ErasureDocuments.Default.PersonRecord)!);

    internal ErasureStatus StatusOf(Erasure erasure) => erasure.StatusAt(time.GetUtcNow(), options.AttentionAfter);

    /// <summary>Whether an open erasure takes longer than it should, told by its id.</summary>
    internal bool IsLate(string id) => NewId.TimeOf(id) is { } notedAt && time.GetUtcNow() - notedAt > options.AttentionAfter;

    /// <summary>Whether destinations or storage may still hold the person.</summary>
    public async Task<bool> IsOpenAsync(string id, CancellationToken cancellationToken) => await store.FindAsync(id, cancellationToken) is { FinishedAt: null };

    /// <summary>Wakes the worker, or the one that follows it.</summary>
    internal async Task WakeAsync(CancellationToken cancellationToken) =>
        await queue.SendAsync(new(await store.ReadTurnAsync(cancellationToken), Traces.Carried(trace: null)), TimeSpan.Zero, cancellationToken);

    private async Task<Result<ErasureView>> EraseAsync(PersonToErase person, CancellationToken cancellationToken)
    {
        var id = (await NoteAsync([person], cancellationToken))[0];
        await DropAsync(person.Id, time.GetUtcNow(), cancellationToken);
        await BeginAsync([id], cancellationToken);
        return await GetAsync(id, cancellationToken);
    }

    /// <summary>Sets the tombstones: one for the profile's id, one for each value of its identifiers.</summary>
    private async Task BuryAsync(IEnumerable<(string ErasureId, PersonRecord Person)> people, CancellationToken cancellationToken) => await suppressions.AddAsync(
        [
            .. people.SelectMany(item => item.Person.Identifiers
                .Select(identifier => (identifier.Type, identifier.Value))
                .Prepend((Type: SuppressionType.ProfileId, Value: item.Person.Id))
                .Select(subject => new NewSuppression(keys.OfValue(subject.Type, SuppressionType.Fold(subject.Type, subject.Value)), subject.Type, Reason, item.ErasureId))),
        ],
        cancellationToken);

    private Task DropAsync(string profileId, DateTimeOffset at, CancellationToken cancellationToken) =>
        InboxWriter.AppendAsync(inbox, hasher, [new(OperationKind.Erase, profileId, at)], cancellationToken);

    private ErasureView ViewOf(Erasure erasure) => ErasureView.Of(erasure, StatusOf(erasure));
}

/// <summary>A request to erase a person by profile id.</summary>
public sealed record NewErasure(string ProfileId);
