using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;

namespace AudienceSync.Destinations;

/// <summary>The destinations of a campaign or a journey: checked, written, switched and removed together with it.</summary>
public sealed class OwnedDestinations(IDestinationStore store, DestinationDrafts drafts, DestinationWriter writer)
{
    /// <summary>Most times a write is tried again when another one came between.</summary>
    private const int MaxAttempts = 8;

    /// <summary>All destinations of an owner, by age.</summary>
    public async Task<ImmutableArray<Destination>> OfAsync(Func<DestinationSource, bool> isOwned, CancellationToken cancellationToken) =>
        [.. await store.ListAllAsync(cancellationToken).Where(destination => isOwned(destination.Source)).ToListAsync(cancellationToken)];

    /// <summary>What a request wants at one source, as destinations: those that are there already are changed, the others are new. Nothing is written.</summary>
    /// <param name="bodies">As for a destination on its own, without the source. One that is there is known by its id, its key, or its list on its connection.</param>
    /// <param name="present">The destinations of the source as they are.</param>
    /// <param name="pointer">Of the list in the request.</param>
    internal async Task<OwnedPlan> PlanAsync(
        DestinationSource source, SourceFacts facts, IReadOnlyList<JsonElement> bodies, IEnumerable<Destination> present, string pointer,
        List<Fault> faults, CancellationToken cancellationToken)
    {
        var rest = present.Where(destination => !destination.Deleting).ToList();
        var wanted = ImmutableArray.CreateBuilder<OwnedChange>(bodies.Count);
        foreach (var (index, body) in bodies.Index())
        {
            var found = new List<Fault>();
            if (await PlanAsync(source, facts, body, rest, found, cancellationToken) is { } change)
            {
                rest.RemoveAll(destination => destination.Id == change.Before?.Id);
                wanted.Add(change);
            }

            faults.AddRange(found.Select(fault => fault with { Pointer = $"{pointer}/{index}{fault.Pointer}" }));
        }

        foreach (var (index, change) in wanted.Index())
        {
            if (change.After.Key.Length > 0 && wanted.Take(index).Any(earlier => earlier.After.Key == change.After.Key))
            {
                faults.Add(new($"{pointer}/{index}/key", "key_taken", $"Another destination of this list has the key '{change.After.Key}'. Choose another."));
            }
        }

        return new(facts, InOrder(wanted), [.. rest]);
    }

    /// <summary>Destinations are listed by their ids. Those made within one millisecond draw lots: here the request decides.</summary>
    private static ImmutableArray<OwnedChange> InOrder(IReadOnlyCollection<OwnedChange> wanted)
    {
        var ids = new Queue<string>(wanted.Where(change => change.Before is null).Select(change => change.After.Id).Order(StringComparer.Ordinal));
        return [.. wanted.Select(change => change.Before is null ? change with { After = change.After with { Id = ids.Dequeue() } } : change)];
    }

    /// <summary>Writes what was planned. Repeatable: what is there already is found again.</summary>
    /// <returns>Null when done; else why not all of it is.</returns>
    internal async Task<Refusal?> ApplyAsync(OwnedPlan plan, RemoteMembers remote, CancellationToken cancellationToken)
    {
        foreach (var change in plan.Wanted)
        {
            if (await WriteAsync(change, plan.Facts, cancellationToken) is { } refusal)
            {
                return refusal;
            }
        }

        var (_, failure) = await RemoveAsync(plan.Unwanted, remote, cancellationToken);
        return failure;
    }

    /// <summary>Brings what the owner decides up to date at its destinations: whether they run, and when.</summary>
    internal async Task<Refusal?> GovernAsync(
        IEnumerable<Destination> destinations, Func<DestinationSource, SourceFacts?> factsOf, CancellationToken cancellationToken)
    {
        foreach (var destination in destinations)
        {
            if (factsOf(destination.Source) is { } facts && !await GovernAsync(destination, facts, cancellationToken))
            {
                return Busy(destination);
            }
        }

        return null;
    }

    /// <summary>Deletes destinations, or starts the runs that remove everyone they added.</summary>
    internal async Task<(ImmutableArray<CleanUpStarted> CleanUps, Refusal? Failure)> RemoveAsync(
        IEnumerable<Destination> destinations, RemoteMembers remote, CancellationToken cancellationToken)
    {
        var started = ImmutableArray.CreateBuilder<CleanUpStarted>();
        Refusal? failure = null;
        foreach (var destination in destinations)
        {
            if (remote is RemoteMembers.Leave)
            {
                await writer.DeleteAsync(destination.Id, cancellationToken);
                continue;
            }

            switch (await CleanUpAsync(destination, cancellationToken))
            {
                case Result<CleanUpStarted>.Ok(var run):
                    started.Add(run);
                    break;
                case Result<CleanUpStarted>.Refused(var refusal):
                    failure ??= refusal;
                    break;
            }
        }

        return (started.DrainToImmutable(), failure);
    }

    private async Task<OwnedChange?> PlanAsync(
        DestinationSource source, SourceFacts facts, JsonElement body, List<Destination> present, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (DestinationInput.Read(body, faults) is not { } read)
        {
            return null;
        }

        if (read.Source is { } other && other != source)
        {
            faults.Add(new(read.SourcePointer, "immutable", "This destination takes its members from where it stands. Leave 'source' out."));
            return null;
        }

        if (read.Id is { } id && present.Find(destination => destination.Id == id) is null)
        {
            faults.Add(new("/id", "unknown_destination", $"There is no destination '{id}' here. Leave the id out to make a new one."));
            return null;
        }

        var before = present.Find(destination => read.Id is { } known ? destination.Id == known : read.Key is { } key && destination.Key == key);
        if (before is null && await drafts.NewAsync(read with { Source = source }, faults, cancellationToken, facts) is { } draft)
        {
            before = present.Find(destination => destination.ConnectionId == draft.ConnectionId && destination.Audience == draft.Audience);
            if (before is null)
            {
                await CheckKeyAsync(draft.Key, faults, cancellationToken);
                return new(null, draft, body);
            }
        }

        return before is not null && await drafts.ChangedAsync(before, WithoutDefaults(body), faults, cancellationToken, facts) is { } after ? new(before, after, body) : null;
    }

    private async Task CheckKeyAsync(string key, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (key.Length > 0 && await store.FindByKeyAsync(key, cancellationToken) is not null)
        {
            faults.Add(new("/key", "key_taken", $"Another destination has the key '{key}'. Choose another."));
        }
    }

    /// <summary>Who sends the same request again says again what new destinations start from: it has no meaning for those there are.</summary>
    private static JsonElement WithoutDefaults(JsonElement body) => MergePatch.Without(body, "fromDefaults");

    private async Task<Refusal?> WriteAsync(OwnedChange change, SourceFacts facts, CancellationToken cancellationToken)
    {
        if (change.Before is null)
        {
            return await writer.CreateAsync(change.After, cancellationToken) is null
                ? Refusal.Conflict("key_taken", "The key is taken", $"Another destination has just taken the key '{change.After.Key}'. Send the request again with another.")
                : null;
        }

        var (before, after) = (change.Before, change.After);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await writer.ReplaceAsync(before, after, cancellationToken) is not null)
            {
                return null;
            }

            if (await store.GetAsync(before.Id, cancellationToken) is not { } current)
            {
                return null; // it was deleted meanwhile, and whoever did so meant it
            }

            var faults = new List<Fault>();
            if (await drafts.ChangedAsync(current, WithoutDefaults(change.Body), faults, cancellationToken, facts) is not { } again)
            {
                return Refusal.Invalid(faults);
            }

            (before, after) = (current, again);
        }

        return Busy(before);
    }

    private async Task<bool> GovernAsync(Destination destination, SourceFacts facts, CancellationToken cancellationToken)
    {
        var current = destination;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var governed = drafts.Governed(current, facts);
            if (current.Deleting || ReferenceEquals(governed, current) || await writer.ReplaceAsync(current, governed, cancellationToken) is not null)
            {
                return true;
            }

            if (await store.GetAsync(destination.Id, cancellationToken) is not { } again)
            {
                return true;
            }

            current = again;
        }

        return false;
    }

    private async Task<Result<CleanUpStarted>> CleanUpAsync(Destination destination, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await store.GetAsync(destination.Id, cancellationToken) is not { } current)
            {
                return Refusal.NotFound("destination", destination.Id);
            }

            if (await writer.CleanUpAsync(current, cancellationToken) is { } result)
            {
                return result;
            }
        }

        return Busy(destination);
    }

    private static Refusal Busy(Destination destination) => new(
        RefusalKind.Unavailable, "busy", "A destination is being changed", $"Others change '{destination.Name}' at the moment. Try again.");
}

/// <param name="Before">Null for a new one.</param>
/// <param name="Body">What was asked for.</param>
internal sealed record OwnedChange(Destination? Before, Destination After, JsonElement Body);

/// <param name="Wanted">In the order of the request.</param>
/// <param name="Unwanted">There, and not asked for any more.</param>
internal sealed record OwnedPlan(SourceFacts Facts, ImmutableArray<OwnedChange> Wanted, ImmutableArray<Destination> Unwanted);

/// <summary>What becomes of the members that a deleted destination added.</summary>
public enum RemoteMembers
{
    /// <summary>They stay where they are.</summary>
    Leave,

    /// <summary>They are removed first.</summary>
    CleanUp,
}
