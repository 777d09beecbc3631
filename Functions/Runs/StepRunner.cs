using Microsoft.Extensions.Logging;

namespace AudienceSync.Runs;

/// <summary>Does one queued step of a run: claims it, so that a message that comes twice is not worked on twice, does it, and moves the run on.</summary>
public sealed partial class StepRunner(
    IRunStore runs, IRunQueue queue, RunFlow flow, BeginStep begin, ShardSteps shards, LaneRunner lanes, PublishStep publish, RunOptions options,
    TimeProvider time, ILogger<StepRunner> logger)
{
    /// <summary>Repeatable; returns when the step is done, found done, or handed on.</summary>
    public async Task RunAsync(StepMessage message, CancellationToken cancellationToken)
    {
        var run = await runs.FindAsync(message.RunId, cancellationToken);
        if (run is null || !run.Status.IsActive())
        {
            LogDropped(message.RunId, message.Key);
            return;
        }

        await using var claim = await StepClaim.TryTakeAsync(runs, message.RunId, message.Key, options.ClaimFor, time, cancellationToken);
        if (claim.HeldUntil is { } heldUntil)
        {
            // Somebody works on it, or died doing so: look again when the hold ends.
            await queue.SendAsync(message, heldUntil - time.GetUtcNow() + TimeSpan.FromSeconds(1), cancellationToken);
            return;
        }

        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, claim.Lost);
        TimeSpan? again;
        try
        {
            again = await DoAsync(message, run, linked.Token);
        }
        finally
        {
            // Also when the step failed: its next try need not wait for the hold to end.
            await claim.ReleaseAsync(CancellationToken.None);
        }

        if (again is { } delay)
        {
            await queue.SendAsync(message, delay, cancellationToken);
        }
        else
        {
            await flow.AdvanceAsync(run.Id, requeue: false, cancellationToken);
        }
    }

    /// <summary>Null when the step is done; else when to go on with it.</summary>
    private async Task<TimeSpan?> DoAsync(StepMessage message, Run run, CancellationToken cancellationToken)
    {
        switch (message.Step)
        {
            case RunStep.Begin when run.Status is RunStatus.Queued:
                await begin.RunAsync(run, cancellationToken);
                return null;
            case RunStep.Snapshot when run.Status is RunStatus.Snapshotting:
                await shards.SnapshotAsync(run, message.Number, cancellationToken);
                return null;
            case RunStep.Plan when run.Status is RunStatus.Planning:
                await shards.PlanAsync(run, message.Number, cancellationToken);
                return null;
            case RunStep.Lane when run.Status is RunStatus.Delivering && run.Phase == message.Phase:
                return await lanes.RunAsync(run, message.Number, cancellationToken);
            case RunStep.Publish when run.Status is RunStatus.Delivering:
                return await publish.RunAsync(run, cancellationToken);
            case RunStep.Settle when run.Status is RunStatus.Settling:
                await shards.SettleAsync(run, message.Number, cancellationToken);
                return null;
            default:
                LogDropped(run.Id, message.Key);
                return null;
        }
    }

    [LoggerMessage(6001, LogLevel.Debug, "Step {Step} of {RunId} is over: its message is dropped")]
    private partial void LogDropped(string runId, string step);
}
