using System.Collections.Immutable;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>What callers do with runs: start, read, cancel, decide on a held one, retry.</summary>
public sealed class RunService(IRunStore runs, ILedgerStore ledgers, IDestinationStore destinations, IRunLeases leases, RunStarter starter, RunFinisher finisher, RunFlow flow)
{
    /// <summary>Starts a run by hand.</summary>
    public async Task<Result<RunView>> StartAsync(string destinationId, RunRequest request, CancellationToken cancellationToken)
    {
        if (await destinations.GetAsync(destinationId, cancellationToken) is not { } destination)
        {
            return Refusal.NotFound("destination", destinationId);
        }

        await FreeAsync(destinationId, cancellationToken);
        var started = await starter.StartAsync(
            destination, RunTrigger.Manual, request.Mode, RunPurpose.Sync, request.DryRun, request.AsOf, cancellationToken);
        return started.Match<Result<RunView>>(run => RunView.Of(run), refusal => refusal);
    }

    public async Task<Result<RunView>> GetAsync(string runId, CancellationToken cancellationToken) =>
        await runs.FindAsync(runId, cancellationToken) is { } run ? RunView.Of(run) : Refusal.NotFound("run", runId);

    /// <summary>Newest first.</summary>
    public async Task<ListPage<RunView>> ListAsync(
        string? destinationId, ImmutableArray<RunStatus> statuses, DateTimeOffset? startedAfter, PageRequest page, CancellationToken cancellationToken)
    {
        var found = await runs.ListAsync(
            destinationId, page, run => (statuses.IsEmpty || statuses.Contains(run.Status)) && (startedAfter is null || run.StartedAt > startedAfter), cancellationToken);
        return new([.. found.Items.Select(RunView.Of)], found.Next);
    }

    /// <summary>Stops after the batches that are on the wire.</summary>
    public async Task<Result<RunView>> CancelAsync(string runId, CancellationToken cancellationToken)
    {
        switch (await starter.RequestCancelAsync(runId, cancellationToken))
        {
            case null:
                return Refusal.NotFound("run", runId);
            case false:
                return Refusal.Conflict("already_finished", "The run has finished", $"{runId} is over: there is nothing to cancel.");
            default:
                await flow.AdvanceAsync(runId, requeue: true, cancellationToken);
                return await GetAsync(runId, cancellationToken);
        }
    }

    /// <summary>Decides on a held run.</summary>
    public async Task<Result<RunView>> DecideAsync(string runId, ApprovalAction action, CancellationToken cancellationToken)
    {
        while (await runs.FindAsync(runId, cancellationToken) is { } run)
        {
            if (run.Status is not RunStatus.Held)
            {
                return Refusal.Conflict("not_held", "The run is not held", $"{runId} is {RunNames.Of(run.Status)}: there is nothing to decide.");
            }

            var decided = action is ApprovalAction.Discard
                ? run with { CancelRequested = true }
                : run with { Status = RunStatus.Delivering, Phase = RunPhase.Upserts, AddsOnly = action is ApprovalAction.AddsOnly, HeldUntil = null };
            if (await runs.ReplaceAsync(decided, cancellationToken) is not null)
            {
                await flow.AdvanceAsync(runId, requeue: true, cancellationToken);
                return await GetAsync(runId, cancellationToken);
            }
        }

        return Refusal.NotFound("run", runId);
    }

    /// <summary>Starts a run that sends quarantined rows again, with whatever else is owed.</summary>
    public async Task<Result<RunView>> RetryAsync(string runId, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(runId, cancellationToken) is not { } run)
        {
            return Refusal.NotFound("run", runId);
        }

        if (await destinations.GetAsync(run.DestinationId, cancellationToken) is not { } destination)
        {
            return Refusal.NotFound("destination", run.DestinationId);
        }

        var ledger = await ledgers.ReadAsync(run.DestinationId, cancellationToken);
        if ((run.DryRun || run.CarriedOver.Total == 0) && ledger.Shards.Sum(shard => shard.Quarantined + shard.Uncertain) == 0)
        {
            return Refusal.Conflict("nothing_to_retry", "Nothing to retry", $"Everything that {runId} planned was delivered.");
        }

        await FreeAsync(destination.Id, cancellationToken);
        var started = await starter.StartAsync(
            destination, RunTrigger.Manual, RunMode.Incremental, RunPurpose.Retry, dryRun: false, asOf: null, cancellationToken);
        return started.Match<Result<RunView>>(again => RunView.Of(again), refusal => refusal);
    }

    /// <summary>Ends what a finished run still has to end: whoever saw it finish may start the next at once.</summary>
    private async Task FreeAsync(string destinationId, CancellationToken cancellationToken)
    {
        if ((await leases.ReadAsync(destinationId, cancellationToken)).RunId is { } runId
            && await runs.FindAsync(runId, cancellationToken) is { } run && !run.Status.IsActive())
        {
            await finisher.ReleaseAsync(run, cancellationToken);
        }
    }
}

/// <param name="AsOf">The clock of the rules; null for the start of the run.</param>
public sealed record RunRequest(RunMode Mode = RunMode.Incremental, bool DryRun = false, DateTimeOffset? AsOf = null);

public enum ApprovalAction
{
    Approve = 1,

    /// <summary>Adds and changes are sent, removals are carried over.</summary>
    AddsOnly,
    Discard,
}
