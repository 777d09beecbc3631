using AudienceSync.Destinations;

namespace AudienceSync.Runs;

/// <summary>Ends runs: writes the final record, frees the destination, tells its state, starts what waited.</summary>
/// <remarks>Repeatable: the record is written once, the rest whenever the watchdog finds a lease of a finished run.</remarks>
public sealed class RunFinisher(
    IRunStore runs, IRunLeases leases, ILedgerStore ledgers, IDestinationStore destinations, IDestinationStateStore states, RunStarter starter, TimeProvider time)
{
    /// <summary>How soon a destination whose credentials were refused is probed again.</summary>
    public static readonly TimeSpan ProbeAfter = TimeSpan.FromMinutes(5);

    /// <param name="run">With its final status and numbers, under the ETag it was read with.</param>
    public async Task FinishAsync(Run run, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var final = run with { FinishedAt = now, TouchedAt = now };
        if (await runs.ReplaceAsync(final, cancellationToken) is null && (await runs.FindAsync(run.Id, cancellationToken))?.Status.IsActive() is not false)
        {
            // Somebody changed the run meanwhile (asked it to stop, say): the caller looks again and ends it on what it is now.
            return;
        }

        await ReleaseAsync(final, cancellationToken);
    }

    /// <summary>Marks the run as held and says so in the destination's state.</summary>
    public async Task HoldAsync(Run run, CancellationToken cancellationToken)
    {
        if (await runs.ReplaceAsync(run with { TouchedAt = time.GetUtcNow() }, cancellationToken) is not null)
        {
            await states.UpdateAsync(
                run.DestinationId,
                state => state with { State = DestinationCondition.Held, Detail = run.HeldBecause, LastRunId = run.Id, LastRunStatus = RunNames.Of(run.Status) },
                cancellationToken);
        }
    }

    /// <summary>What follows the end of a run.</summary>
    public async Task ReleaseAsync(Run run, CancellationToken cancellationToken)
    {
        if (!run.DryRun)
        {
            await states.UpdateAsync(run.DestinationId, state => Describe(state, run), cancellationToken);
        }

        if (run.Purpose is RunPurpose.CleanUp && await EndCleanUpAsync(run, cancellationToken))
        {
            await leases.ReleaseAsync(run.DestinationId, run.Id, cancellationToken);
            return;
        }

        if (await leases.ReleaseAsync(run.DestinationId, run.Id, cancellationToken))
        {
            await starter.StartAgainAsync(run.DestinationId, cancellationToken);
        }
    }

    private DestinationState Describe(DestinationState state, Run run)
    {
        var isUnauthorized = run.Stopped is { Code: RunNames.Unauthorized };
        return state with
        {
            LastRunId = run.Id,
            LastRunStatus = RunNames.Of(run.Status),
            State = isUnauthorized ? DestinationCondition.Unauthorized
                : run.Status is RunStatus.Succeeded or RunStatus.Skipped or RunStatus.Cancelled ? DestinationCondition.Healthy
                : DestinationCondition.Failing,
            Detail = run.Status is RunStatus.Succeeded ? null : run.TopErrors.FirstOrDefault()?.Detail,
            NextRunAt = isUnauthorized && state.NextRunAt > time.GetUtcNow() + ProbeAfter ? time.GetUtcNow() + ProbeAfter : state.NextRunAt,
        };
    }

    /// <summary>Deletes the destination once everyone it added is gone; otherwise the schedule tries again.</summary>
    private async Task<bool> EndCleanUpAsync(Run run, CancellationToken cancellationToken)
    {
        if (run.Status is not RunStatus.Succeeded)
        {
            return false;
        }

        if (await destinations.GetAsync(run.DestinationId, cancellationToken) is { Deleting: true } destination)
        {
            await ledgers.DeleteAsync(destination.Id, cancellationToken);
            await states.DeleteAsync(destination.Id, cancellationToken);
            await destinations.TryDeleteAsync(destination, cancellationToken);
        }

        return true;
    }
}
