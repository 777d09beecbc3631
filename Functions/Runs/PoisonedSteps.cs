using Microsoft.Extensions.Logging;

namespace AudienceSync.Runs;

/// <summary>Deals with steps that failed too often, so that queue and ledger never disagree.</summary>
/// <remarks>
/// Before anything was sent the run fails, with zero rows sent. A lane ends with the rows in flight uncertain, the rest carried over. A ledger that cannot be
/// written is tried for ever, by the watchdog: what was delivered must not be forgotten.
/// </remarks>
public sealed partial class PoisonedSteps(IRunStore runs, RunFlow flow, RunFinisher finisher, LaneRunner lanes, ILogger<PoisonedSteps> logger)
{
    /// <param name="queue">The queue the message failed in.</param>
    /// <param name="text">Its body; one that is no step of ours is logged and dropped.</param>
    public async Task TakeAsync(string queue, string text, CancellationToken cancellationToken)
    {
        if (StepMessages.TryRead(text) is not { } message)
        {
            LogDiscarded(queue);
            return;
        }

        LogPoisoned(message.RunId, message.Key);
        if (await runs.FindAsync(message.RunId, cancellationToken) is not { } run || !run.Status.IsActive())
        {
            return;
        }

        switch (message.Step)
        {
            case RunStep.Begin or RunStep.Read or RunStep.Snapshot or RunStep.Plan:
                await FailAsync(run, message, cancellationToken);
                break;
            case RunStep.Lane or RunStep.Publish when run.Status is RunStatus.Delivering:
                if (await runs.FindLaneAsync(run.Id, message.Phase!.Value, message.Number, cancellationToken) is { State: not LaneState.Done } lane)
                {
                    await lanes.EndAsync(run, lane, cancellationToken);
                }

                await flow.AdvanceAsync(run.Id, requeue: false, cancellationToken);
                break;
            default:
                break;
        }
    }

    /// <summary>Fails the run, unless the step was done after all: its message may have failed behind its work.</summary>
    private async Task FailAsync(Run run, StepMessage message, CancellationToken cancellationToken)
    {
        var (status, stage) = message.Step switch
        {
            RunStep.Begin => (RunStatus.Queued, (RunStage?)null),
            RunStep.Read => (RunStatus.Snapshotting, null),
            RunStep.Snapshot => (RunStatus.Snapshotting, RunStage.Snapshot),
            _ => (RunStatus.Planning, RunStage.Plan),
        };
        if (stage is { } named && await runs.FindShardAsync(run.Id, named, message.Number, cancellationToken) is not null)
        {
            await flow.AdvanceAsync(run.Id, requeue: false, cancellationToken);
            return;
        }

        var why = new RunError("step_failed", $"The step {message.Key} failed too often; the log of the app says why. Nothing was sent.", 0, Retryable: true);
        Run? current = run;
        if (message.Step is RunStep.Read && run.Source is not null)
        {
            await flow.AdvanceAsync(run.Id, requeue: false, cancellationToken);
            return;
        }

        while (current?.Status == status && !await finisher.FinishAsync(current with { Status = RunStatus.Failed, TopErrors = [why] }, cancellationToken))
        {
            current = await runs.FindAsync(run.Id, cancellationToken);
        }
    }

    [LoggerMessage(6030, LogLevel.Error, "Step {Step} of {RunId} failed too often and went to the poison queue")]
    private partial void LogPoisoned(string runId, string step);

    [LoggerMessage(6031, LogLevel.Error, "A message in {Queue} is no step of a run: it is dropped")]
    private partial void LogDiscarded(string queue);
}
