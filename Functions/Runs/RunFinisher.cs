using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Observability;

namespace AudienceSync.Runs;

/// <summary>Ends runs: writes the final record, frees the destination, tells its state, starts what waited.</summary>
/// <remarks>Repeatable: the record is written once, the rest whenever the watchdog finds a lease of a finished run.</remarks>
public sealed class RunFinisher(
    IRunStore runs, IRunLeases leases, IDestinationStore destinations, IDestinationStateStore states, DestinationRemoval removal,
    RunStarter starter, Rosters rosters, IRunSummaries summaries, Instruments instruments, TimeProvider time)
{
    /// <summary>How soon a destination whose credentials were refused is probed again.</summary>
    public static readonly TimeSpan ProbeAfter = TimeSpan.FromMinutes(5);

    /// <param name="run">With its final status and numbers, under the ETag it was read with.</param>
    /// <returns>False when the run was changed meanwhile (asked to stop, say) and is still under way: look again, and end it on what it is now.</returns>
    public async Task<bool> FinishAsync(Run run, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        using var span = Traces.Continue("run.finish", Traces.Carried(run.Trace))
            .SetTag(SpanTags.Run, run.Id).SetTag(SpanTags.Destination, run.DestinationId).SetTag(SpanTags.Status, RunNames.Of(run.Status));
        if (await runs.ReplaceAsync(run with { FinishedAt = now, TouchedAt = now }, cancellationToken) is { } final)
        {
            Measure(final);
            await ReleaseAsync(final, cancellationToken);
            return true;
        }

        var stored = await runs.FindAsync(run.Id, cancellationToken);
        if (stored is not null && !stored.Status.IsActive())
        {
            // Another worker was faster, and may have died since.
            await ReleaseAsync(stored, cancellationToken);
        }

        return stored?.Status.IsActive() is not true;
    }

    /// <summary>Marks the run as held and says so in the destination's state.</summary>
    public async Task HoldAsync(Run run, CancellationToken cancellationToken)
    {
        if (await runs.ReplaceAsync(run with { TouchedAt = time.GetUtcNow() }, cancellationToken) is not null)
        {
            instruments.HoldRun(ConnectorOf(run));
            await states.UpdateAsync(
                run.DestinationId,
                state => state with { State = DestinationCondition.Held, Detail = run.HeldBecause, LastRunId = run.Id, LastRunStatus = RunNames.Of(run.Status) },
                cancellationToken);
        }
    }

    /// <summary>What follows the end of a run; nothing, when it followed before.</summary>
    public async Task ReleaseAsync(Run run, CancellationToken cancellationToken)
    {
        var lease = await leases.ReadAsync(run.DestinationId, cancellationToken);
        if (lease.RunId != run.Id)
        {
            return;
        }

        if (!run.DryRun)
        {
            await summaries.WriteAsync(RunSummary.Of(run), cancellationToken);
            await rosters.PublishAsync(run, cancellationToken);
        }

        var destination = await destinations.GetAsync(run.DestinationId, cancellationToken);
        var isCleanedUp = destination is { Deleting: true } && run is { Purpose: RunPurpose.CleanUp, Status: RunStatus.Succeeded };
        if (isCleanedUp || destination is null)
        {
            // Everyone it added is gone; or it was deleted while the run was under way, and what the run still wrote belongs to nobody.
            await ForgetAsync(run.DestinationId, cancellationToken);
        }
        else
        {
            await states.UpdateAsync(run.DestinationId, state => Describe(state, run, lease, destination), cancellationToken);
        }

        if (await leases.ReleaseAsync(run.DestinationId, run.Id, cancellationToken) is { Any: true } next)
        {
            await starter.StartNextAsync(run.DestinationId, next, cancellationToken);
        }
    }

    /// <summary>Once, by whoever wrote the final record.</summary>
    private void Measure(Run run)
    {
        instruments.FinishRun(ConnectorOf(run), RunNames.Of(run.Status), RunNames.Of(run.Trigger), run.FinishedAt!.Value - run.StartedAt);
        if (run.DryRun)
        {
            return;
        }

        foreach (var operation in Enum.GetValues<DeliveryOperation>())
        {
            instruments.CountRows(
                ConnectorOf(run), RunNames.Of(operation), run.Planned[operation], run.Delivered[operation], run.Rejected[operation], run.CarriedOver[operation]);
        }
    }

    /// <summary>A run that ended before it began has none.</summary>
    private static string ConnectorOf(Run run) => run.Spec?.ConnectorType ?? "none";

    private DestinationState Describe(DestinationState state, Run run, RunLease lease, Destination destination)
    {
        // Due at once, in case we die before we start the run that was asked for meanwhile.
        var next = lease.Again ? time.GetUtcNow() : state.NextRunAt;
        if (run.DryRun || run.Purpose is RunPurpose.Erasure)
        {
            // Neither says how the destination's own runs go.
            return state with { NextRunAt = next };
        }

        var isUnauthorized = run.Stopped is { Code: RunNames.Unauthorized };
        var probe = time.GetUtcNow() + ProbeAfter;
        return state with
        {
            LastRunId = run.Id,
            LastRunStatus = RunNames.Of(run.Status),
            State = isUnauthorized ? DestinationCondition.Unauthorized
                : run.Status is RunStatus.Succeeded or RunStatus.Skipped or RunStatus.Cancelled ? DestinationCondition.Healthy
                : DestinationCondition.Failing,
            Detail = run.Status is RunStatus.Succeeded ? null : run.TopErrors.FirstOrDefault()?.Detail,
            NextRunAt = destination.Schedule.Once ? AfterOnce(destination, run, isUnauthorized ? probe : next) : isUnauthorized && state.NextRunAt > probe ? probe : next,
        };
    }

    /// <summary>What is to run once has run, unless its destination was switched off before it could, or the credentials were refused: then it is due as before.</summary>
    private DateTimeOffset? AfterOnce(Destination destination, Run run, DateTimeOffset? otherwise) =>
        run.Status is RunStatus.Skipped || (run.Status is RunStatus.Cancelled && !destination.Enabled) || run.Stopped is { Code: RunNames.Unauthorized }
            ? otherwise ?? time.GetUtcNow()
            : null;

    /// <summary>Takes the destination off the books with all that was kept about it.</summary>
    private async Task ForgetAsync(string destinationId, CancellationToken cancellationToken)
    {
        await starter.ForgetAsync(destinationId, cancellationToken);
        await removal.RemoveAsync(destinationId, cancellationToken);
    }
}
