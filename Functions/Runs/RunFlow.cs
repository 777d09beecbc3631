using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Destinations;
using AudienceSync.Observability;

namespace AudienceSync.Runs;

/// <summary>Moves runs from stage to stage: the only place where a run's status changes while it is under way.</summary>
/// <remarks>
/// queued → snapshotting → planning → (held) → delivering (phase by phase) → settling → finished. Each move is guarded by the run's ETag, then work is put
/// on queues: whoever loses the race, or dies between the two, is made good by <see cref="AdvanceAsync"/> being called again, from the next message or the
/// watchdog. Calling it too often does no harm: work that has its result is not queued, and steps that are held by a worker are not taken twice.
/// </remarks>
public sealed class RunFlow(
    IRunStore runs, IRunQueue queue, ILedgerStore ledgers, GenerationSeal seal, RunPlanSummary summary, RunFinisher finisher, RunOptions options, TimeProvider time)
{
    /// <summary>Ends every stage whose work is done and queues what is left of the present one.</summary>
    /// <param name="requeue">Also queue work again that should be on its way.</param>
    public async Task AdvanceAsync(string runId, bool requeue, CancellationToken cancellationToken)
    {
        while (await runs.FindAsync(runId, cancellationToken) is { } run && run.Status.IsActive())
        {
            var moved = run.Status switch
            {
                RunStatus.Queued => await QueueBeginAsync(run, requeue, cancellationToken),
                RunStatus.Snapshotting => await EndSnapshotAsync(run, requeue, cancellationToken),
                RunStatus.Planning => await EndPlanAsync(run, requeue, cancellationToken),
                RunStatus.Held => await LapseAsync(run, cancellationToken),
                RunStatus.Delivering => await EndPhaseAsync(run, requeue, cancellationToken),
                RunStatus.Settling => await EndSettleAsync(run, requeue, cancellationToken),
                _ => false,
            };
            if (!moved)
            {
                await TouchAsync(run, cancellationToken);
                return;
            }

            // A stage that was just opened has all its work still to be queued.
            requeue = true;
        }
    }

    /// <summary>A run whose steps end is alive, however long its stage takes: the watchdog need not queue its work again.</summary>
    private async Task TouchAsync(Run run, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (run.Status is not RunStatus.Held && now - run.TouchedAt > options.StallAfter / 2)
        {
            await runs.ReplaceAsync(run with { TouchedAt = now }, cancellationToken);
        }
    }

    /// <summary>Moves the run on if it is still as it was read; a lost race counts as moved: look again.</summary>
    private async Task<bool> MoveAsync(Run run, CancellationToken cancellationToken)
    {
        await runs.ReplaceAsync(run with { TouchedAt = time.GetUtcNow() }, cancellationToken);
        return true;
    }

    private async Task<bool> QueueBeginAsync(Run run, bool requeue, CancellationToken cancellationToken)
    {
        if (run.CancelRequested)
        {
            await finisher.FinishAsync(run with { Status = RunStatus.Cancelled }, cancellationToken);
            return true;
        }

        if (requeue && !(run.NotBefore > time.GetUtcNow()))
        {
            await QueueAsync(run, [new(run.Id, RunStep.Begin)], cancellationToken);
        }

        return false;
    }

    private async Task<bool> EndSnapshotAsync(Run run, bool requeue, CancellationToken cancellationToken)
    {
        if (run.CancelRequested)
        {
            await finisher.FinishAsync(run with { Status = RunStatus.Cancelled }, cancellationToken);
            return true;
        }

        if (run is { Spec.Query: not null, Source: null })
        {
            // How many shards there are is known once the query is read.
            if (requeue && !(run.NotBefore > time.GetUtcNow()))
            {
                await QueueAsync(run, [new(run.Id, RunStep.Read)], cancellationToken);
            }

            return false;
        }

        if (!await IsStageDoneAsync(run, RunStage.Snapshot, RunStep.Snapshot, requeue, cancellationToken))
        {
            return false;
        }

        // Sealed: from here on the generation is what the run works on.
        return await MoveAsync(await seal.SealAsync(run, cancellationToken) with { Status = RunStatus.Planning }, cancellationToken);
    }

    private async Task<bool> EndPlanAsync(Run run, bool requeue, CancellationToken cancellationToken)
    {
        if (run.CancelRequested)
        {
            await finisher.FinishAsync(run with { Status = RunStatus.Cancelled }, cancellationToken);
            return true;
        }

        if (!await IsStageDoneAsync(run, RunStage.Plan, RunStep.Plan, requeue, cancellationToken))
        {
            return false;
        }

        var totals = await summary.TotalsAsync(run, cancellationToken);
        run = run with
        {
            Planned = totals.Planned,
            RemovalReasons = totals.RemovalReasons,
            Unchanged = totals.Unchanged,
            Accepted = totals.Accepted,
            Storage = run.Storage + totals.Storage,
        };
        if (run.DryRun)
        {
            await finisher.FinishAsync(run with { Status = RunStatus.Succeeded, CarriedOver = run.Planned }, cancellationToken);
            return true;
        }

        var isFirst = run.LedgerVersion == 0;

        // Who is taken off because the segment names them did not leave it.
        var leavers = run.Spec!.Mode is DestinationMode.RemoveOnly ? 0 : totals.Profiles.Leaving;
        var reason = !run.Purpose.WantsMembers()
            ? null
            : PlanGuards.Judge(
                run.Spec.Guards, isFirst, run.Funnel.Members, totals.Profiles.Accepted, totals.Profiles.Entering, leavers, run.Funnel.MissingIdentifier);
        if (reason is not null)
        {
            await finisher.HoldAsync(run with { Status = RunStatus.Held, HeldBecause = reason, HeldUntil = time.GetUtcNow() + options.HoldFor }, cancellationToken);
            return true;
        }

        if (totals.Planned.Total == 0)
        {
            if (totals.Notes == 0 && !isFirst)
            {
                await finisher.FinishAsync(run with { Status = RunStatus.Succeeded }, cancellationToken);
                return true;
            }

            return await MoveAsync(run with { Status = RunStatus.Settling }, cancellationToken);
        }

        return await MoveAsync(run with { Status = RunStatus.Delivering, Phase = RunPhase.Upserts }, cancellationToken);
    }

    private async Task<bool> LapseAsync(Run run, CancellationToken cancellationToken)
    {
        if (run.CancelRequested || run.HeldUntil <= time.GetUtcNow())
        {
            var why = run.CancelRequested ? null : new RunError("hold_lapsed", "Nobody decided in time: nothing was sent.", 0, Retryable: true);
            await finisher.FinishAsync(
                run with { Status = RunStatus.Cancelled, CarriedOver = run.Planned, TopErrors = why is null ? [] : [why] }, cancellationToken);
            return true;
        }

        return false;
    }

    private async Task<bool> EndPhaseAsync(Run run, bool requeue, CancellationToken cancellationToken)
    {
        var lanes = await ReadLanesAsync(run, cancellationToken);
        if (lanes.Length == 0 && !IsStopped(run) && !IsLeftOut(run))
        {
            lanes = [.. Enumerable.Range(0, await CountLanesAsync(run, cancellationToken)).Select(number => new Lane { Phase = run.Phase, Number = number, State = LaneState.Idle })];
            await runs.OpenLanesAsync(run.Id, lanes, cancellationToken);
            requeue = true;
        }

        if (lanes.Any(lane => lane.State is not LaneState.Done))
        {
            await QueueLanesAsync(run, lanes, requeue, cancellationToken);
            return false;
        }

        run = run with
        {
            Requests = run.Requests + lanes.Sum(lane => lane.Requests),
            Storage = lanes.Aggregate(run.Storage, (sum, lane) => sum + lane.Storage),
            Latency = lanes.Select(lane => lane.Latency).OfType<LatencyHistogram>().Aggregate(run.Latency ?? LatencyHistogram.Empty, (sum, latency) => sum + latency),
        };
        if (run.Phase is not RunPhase.Publish)
        {
            return await MoveAsync(run with { Phase = run.Phase + 1 }, cancellationToken);
        }

        var isUnpublished = run.Spec!.Form is DeliveryForm.File && !run.Published;
        return await MoveAsync(
            run with { Status = RunStatus.Settling, Unpublished = isUnpublished, MayBePublished = isUnpublished && lanes.Any(lane => lane.MayHaveArrived) },
            cancellationToken);
    }

    private async Task<int> CountLanesAsync(Run run, CancellationToken cancellationToken) => run.Phase is RunPhase.Publish
        ? run.Spec!.Form is DeliveryForm.File ? 1 : 0
        : Math.Min(run.Spec!.Lanes, await summary.BatchesAsync(run, run.Phase, cancellationToken));

    /// <summary>A lane that waits has its message on the queue, invisible until then; once sending is stopped there is nothing to wait for.</summary>
    private async Task QueueLanesAsync(Run run, ImmutableArray<Lane> lanes, bool requeue, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var step = run.Phase is RunPhase.Publish ? RunStep.Publish : RunStep.Lane;
        await QueueAsync(
            run,
            lanes.Where(lane => lane.State is not LaneState.Done && (lane.NotBefore > now ? IsStopped(run) : requeue))
                .Select(lane => new StepMessage(run.Id, step, lane.Number, lane.Phase, lane.Turn)),
            cancellationToken);
    }

    private async Task<bool> EndSettleAsync(Run run, bool requeue, CancellationToken cancellationToken)
    {
        if (!await IsStageDoneAsync(run, RunStage.Settle, RunStep.Settle, requeue, cancellationToken))
        {
            return false;
        }

        var results = await runs.ReadShardsAsync(run.Id, RunStage.Settle, cancellationToken).ToListAsync(cancellationToken);
        ImmutableArray<SettleShard> shards = [.. results.Select(shard => shard.Settle!)];
        run = run with { Storage = results.Aggregate(run.Storage, (sum, shard) => sum + shard.Storage) };
        var ledger = await ledgers.ReadAsync(run.DestinationId, cancellationToken);
        if (ledger.LastRunId != run.Id)
        {
            if (ledger.Fence >= run.Fence || ledger.Version != run.LedgerVersion)
            {
                // What was sent is not forgotten by the platform: a later run, or nobody if the destination is gone, keeps the ledger now.
                var superseded = new RunError("superseded", "Another run has written the ledger, or the destination was deleted.", 0, Retryable: true);
                await finisher.FinishAsync(
                    run with { Status = run.CancelRequested ? RunStatus.Cancelled : RunStatus.Failed, CarriedOver = run.Planned, TopErrors = [superseded] },
                    cancellationToken);
                return true;
            }

            var next = ledger with
            {
                Version = ledger.Version + 1,
                ShardBits = run.ShardBits,
                Shards = [.. shards.Select(shard => new LedgerShard(shard.Chain, shard.Rows, shard.Accepted, shard.Uncertain, shard.Quarantined, shard.Expanded))],
                LastRunId = run.Id,
                Fence = run.Fence,
            };
            if (await ledgers.PublishAsync(next, cancellationToken) is null)
            {
                return true;
            }
        }

        await finisher.FinishAsync(RunPlanSummary.WithSettled(run, shards), cancellationToken);
        return true;
    }

    /// <summary>Opens the stage if it is not open, queues shards that have no result, and says whether all have one.</summary>
    private async Task<bool> IsStageDoneAsync(Run run, RunStage stage, RunStep step, bool requeue, CancellationToken cancellationToken)
    {
        var shards = 1 << run.ShardBits;
        var progress = await runs.ReadStageAsync(run.Id, stage, cancellationToken);
        if (progress is null)
        {
            await runs.OpenStageAsync(run.Id, stage, shards, cancellationToken);
            progress = await runs.ReadStageAsync(run.Id, stage, cancellationToken);
            requeue = true;
        }

        if (progress!.Remaining == 0)
        {
            return true;
        }

        if (requeue)
        {
            var done = await runs.ReadShardsAsync(run.Id, stage, cancellationToken).Select(result => result.Shard).ToHashSetAsync(cancellationToken: cancellationToken);
            await QueueAsync(
                run, Enumerable.Range(0, shards).Where(shard => !done.Contains(shard)).Select(shard => new StepMessage(run.Id, step, shard)), cancellationToken);
        }

        return false;
    }

    /// <summary>Queues steps that no worker holds.</summary>
    private async Task QueueAsync(Run run, IEnumerable<StepMessage> steps, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        List<StepMessage> free = [];
        foreach (var step in steps)
        {
            if (!await runs.IsClaimedAsync(run.Id, step.Key, now, cancellationToken))
            {
                free.Add(step with { TraceParent = Traces.Carried(run.Trace) });
            }
        }

        if (free.Count > 0)
        {
            await queue.SendAllAsync(free, cancellationToken);
        }
    }

    private async Task<ImmutableArray<Lane>> ReadLanesAsync(Run run, CancellationToken cancellationToken) =>
        [.. await runs.ReadLanesAsync(run.Id, run.Phase, cancellationToken).ToListAsync(cancellationToken)];

    private static bool IsStopped(Run run) => run.CancelRequested || run.Stopped is not null;

    /// <summary>Phases that an approval as adds only leaves out.</summary>
    private static bool IsLeftOut(Run run) => run.AddsOnly && run.Phase is (RunPhase.Removals or RunPhase.Readds);
}
