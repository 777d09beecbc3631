using AudienceSync.Faults;
using AudienceSync.Ids;

namespace AudienceSync.Destinations;

/// <summary>Writes destinations, and lets runs know what changed for them.</summary>
public sealed class DestinationWriter(
    IDestinationStore store, IDestinationStateStore states, DestinationDrafts drafts, DestinationRemoval removal, IRunStarter runs, TimeProvider time)
{
    /// <summary>Creates a destination; where it may run at once, its first run starts. Null when its key is taken; without a key one is made from its name.</summary>
    internal async Task<Destination?> CreateAsync(Destination wanted, CancellationToken cancellationToken)
    {
        foreach (var key in wanted.Key.Length > 0 ? [wanted.Key] : Slug.Candidates(wanted.Name, "destination", time))
        {
            if (await store.TryCreateAsync(wanted with { Key = key }, cancellationToken) is { } created)
            {
                await BeginAsync(created, cancellationToken);
                return created;
            }
        }

        return null;
    }

    /// <summary>Replaces a destination; null when it was changed meanwhile.</summary>
    internal async Task<Destination?> ReplaceAsync(Destination before, Destination after, CancellationToken cancellationToken)
    {
        if (await store.TryReplaceAsync(after, cancellationToken) is not { } replaced)
        {
            return null;
        }

        await FollowAsync(before, replaced, cancellationToken);
        return replaced;
    }

    /// <summary>Deletes a destination and leaves the members where they are on the platform. Also ends a clean-up that cannot end by itself. Repeatable.</summary>
    internal async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        await runs.CancelActiveAsync(id, cancellationToken);

        // The ledger goes first: a stop in between leaves a destination that can be deleted again, not a ledger that nobody owns.
        await runs.ForgetAsync(id, cancellationToken);
        await removal.RemoveAsync(id, cancellationToken);
    }

    /// <summary>Starts the run that removes everyone the destination added; then it is deleted. Null when it was changed meanwhile.</summary>
    internal async Task<Result<CleanUpStarted>?> CleanUpAsync(Destination current, CancellationToken cancellationToken)
    {
        var deleting = current.Deleting ? current : await store.TryReplaceAsync(drafts.Touched(current with { Deleting = true }), cancellationToken);
        if (deleting is null)
        {
            return null;
        }

        await runs.CancelActiveAsync(current.Id, cancellationToken);
        switch (await runs.StartCleanUpAsync(deleting, cancellationToken))
        {
            case Result<string>.Ok(var runId):
                return new CleanUpStarted(runId, current.Id, "queued");
            case Result<string>.Refused(var refusal):
                if (!current.Deleting)
                {
                    await store.TryReplaceAsync(drafts.Touched(deleting with { Deleting = false }), cancellationToken);
                }

                return refusal;
            default:
                throw new InvalidOperationException("The family of results is closed.");
        }
    }

    /// <summary>Starts a new destination. It is due from the first moment it may run, so that the timer starts the run when we are stopped before we can.</summary>
    private async Task BeginAsync(Destination destination, CancellationToken cancellationToken)
    {
        var first = FirstRunAt(destination);
        await states.UpdateAsync(destination.Id, state => state with { NextRunAt = first }, cancellationToken);
        await StartFirstAsync(destination, cancellationToken);
    }

    /// <summary>What a change means for runs.</summary>
    private async Task FollowAsync(Destination before, Destination after, CancellationToken cancellationToken)
    {
        if (before.Enabled && !after.Enabled)
        {
            await runs.CancelActiveAsync(after.Id, cancellationToken);
        }

        if (before.Schedule != after.Schedule || before.NotBefore != after.NotBefore)
        {
            var first = FirstRunAt(after);
            var next = Schedules.Next(after.Schedule, time.GetUtcNow());
            await states.UpdateAsync(
                after.Id,
                state => state.LastRunId is not null ? state with { NextRunAt = next < after.NotBefore ? after.NotBefore : next }
                    : before.NotBefore != after.NotBefore ? state with { NextRunAt = first }
                    : state,
                cancellationToken);
        }

        // Off before, on now: a destination that never ran starts; one that did runs when it is due, at once when that is over.
        if (!before.LocksSegment && after.LocksSegment && (await states.GetAsync(after.Id, cancellationToken))?.LastRunId is null)
        {
            await StartFirstAsync(after, cancellationToken);
        }
    }

    private async Task StartFirstAsync(Destination destination, CancellationToken cancellationToken)
    {
        if (destination is { Enabled: true, AutoSync: true } && !(destination.NotBefore > time.GetUtcNow()))
        {
            await runs.StartFirstAsync(destination, cancellationToken);
        }
    }

    private DateTimeOffset FirstRunAt(Destination destination) => time.GetUtcNow() is var now && destination.NotBefore > now ? destination.NotBefore.Value : now;
}
