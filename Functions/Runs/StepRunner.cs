using System.Diagnostics;
using AudienceSync.Observability;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Runs;

/// <summary>Does one queued step of a run: claims it, so that a message that comes twice is not worked on twice, does it, and moves the run on.</summary>
public sealed partial class StepRunner(
    IRunStore runs, IRunQueue queue, RunFlow flow, BeginStep begin, QueryStep query, ShardSteps shards, LaneRunner lanes, PublishStep publish, RunOptions options,
    TimeProvider time, ILogger<StepRunner> logger) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(Environment.ProcessorCount);

    /// <summary>As <see cref="RunAsync(StepMessage, CancellationToken)"/>, of steps that hold pages of a shard: as many at a time as there are processors.</summary>
    /// <remarks>More would take memory and no less time. One that waits has claimed nothing.</remarks>
    public async Task RunInTurnAsync(StepMessage message, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            await RunAsync(message, cancellationToken);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    /// <summary>Repeatable; returns when the step is done, found done, handed on, or in the hands of another worker.</summary>
    public async Task RunAsync(StepMessage message, CancellationToken cancellationToken)
    {
        if (await FindAsync(message, cancellationToken) is not { } found)
        {
            return;
        }

        // Whichever worker it is, the step belongs to the trace of its run.
        using var span = Traces.Continue($"run.{RunNames.Of(message.Step)}", message.TraceParent ?? found.Trace, ActivityKind.Consumer)
            .SetTag(SpanTags.Run, found.Id).SetTag(SpanTags.Destination, found.DestinationId).SetTag(SpanTags.Connector, found.Spec?.ConnectorType)
            .SetTag(SpanTags.Phase, message.Phase is { } phase ? RunNames.Of(phase) : null).SetTag(SpanTags.Number, message.Number);
        try
        {
            await RunAsync(message, span, cancellationToken);
        }
        catch (Exception e) when (Traces.Fails(span, e))
        {
            throw;
        }
    }

    private async Task RunAsync(StepMessage message, Activity span, CancellationToken cancellationToken)
    {
        await using var claim = await StepClaim.TryTakeAsync(runs, message.RunId, message.Key, options.ClaimFor, time, cancellationToken);
        if (!claim.IsOurs)
        {
            // Somebody works on it. Should they have died, their own message comes back, or the watchdog sends another: this one would only multiply.
            LogTaken(message.RunId, message.Key);
            span.SetTag(SpanTags.Outcome, "taken");
            return;
        }

        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, claim.Lost);

        // Read anew under the claim: the step may have been done while we came for it.
        if (await FindAsync(message, linked.Token) is not { } run)
        {
            return;
        }

        StorageTally.Begin();
        var again = await DoAsync(message, run, linked.Token);
        await claim.ReleaseAsync();
        if (again is { } next)
        {
            await queue.SendAsync(message with { Turn = next.Turn }, next.After, cancellationToken);
        }
        else
        {
            // What follows a run's begin depends on its source: shards of profiles, or the reading of a query. Neither is on its way yet.
            await flow.AdvanceAsync(run.Id, requeue: message.Step is RunStep.Begin, cancellationToken);
        }
    }

    /// <summary>The run if it is under way.</summary>
    private async Task<Run?> FindAsync(StepMessage message, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(message.RunId, cancellationToken) is { } run && run.Status.IsActive())
        {
            return run;
        }

        LogDropped(message.RunId, message.Key);
        return null;
    }

    /// <summary>Null when the step is done; else when to go on with it.</summary>
    private async Task<HandOver?> DoAsync(StepMessage message, Run run, CancellationToken cancellationToken)
    {
        switch (message.Step)
        {
            case RunStep.Begin when run.Status is RunStatus.Queued:
                return await begin.RunAsync(run, cancellationToken) is { } after ? new HandOver(after, message.Turn) : null;
            case RunStep.Read when run.Status is RunStatus.Snapshotting:
                return await query.RunAsync(run, cancellationToken) is { } later ? new HandOver(later, message.Turn) : null;
            case RunStep.Snapshot when run.Status is RunStatus.Snapshotting:
                await shards.SnapshotAsync(run, message.Number, cancellationToken);
                return null;
            case RunStep.Plan when run.Status is RunStatus.Planning:
                await shards.PlanAsync(run, message.Number, cancellationToken);
                return null;
            case RunStep.Lane when run.Status is RunStatus.Delivering && run.Phase == message.Phase:
                return await lanes.RunAsync(run, message.Number, message.Turn, cancellationToken);
            case RunStep.Publish when run is { Status: RunStatus.Delivering, Phase: RunPhase.Publish }:
                return await publish.RunAsync(run, message.Number, message.Turn, cancellationToken);
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

    [LoggerMessage(6002, LogLevel.Debug, "Step {Step} of {RunId} is being worked on: this message is dropped")]
    private partial void LogTaken(string runId, string step);
}
