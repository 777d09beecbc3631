using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Faults;
using AudienceSync.Observability;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Runs;

/// <summary>Sends the batches of one lane, one after the other, for one slice of time, and keeps what became of each row.</summary>
/// <remarks>
/// Before a batch is sent the lane says so (<see cref="LaneState.Sending"/>), after it the outcomes are written; that the lane moved on is written with what
/// it does next. A worker that dies in between is followed by one that finds the outcomes, or sends the open rows again under the same operation ids. A
/// worker that was overtaken finds other ETags than it knows, on the lane and on the batch, and can write neither.
/// </remarks>
public sealed partial class LaneRunner(
    IRunStore runs, IBatchOutcomeStore outcomes, IPageStore pages, BatchSender sender, ConnectionService connections, IConnectionPaces paces,
    SharedKeys sharedKeys, IErasureTargets erasures, TrackingIds trackingIds, DeliveryOptions options, TimeProvider time, ILogger<LaneRunner> logger)
{
    /// <param name="turn">Of the message: a lane that has been handed on to another is left alone.</param>
    /// <returns>Null when there is nothing more to do; else when to go on.</returns>
    public async Task<HandOver?> RunAsync(Run run, int number, int turn, CancellationToken cancellationToken)
    {
        var lane = await runs.FindLaneAsync(run.Id, run.Phase, number, cancellationToken);
        if (lane is null or { State: LaneState.Done } || lane.Turn != turn)
        {
            return null;
        }

        if (await connections.OpenAsync(run.Spec!.ConnectionId, cancellationToken) is not Result<OpenedConnection>.Ok(var connection))
        {
            await StopAsync(run, new("connection_unusable", "The connection is gone or its secrets cannot be opened.", 0, Retryable: true), cancellationToken);
            return await EndAsync(run, lane, cancellationToken);
        }

        var index = await BatchIndex.ReadAsync(runs, run, run.Phase, cancellationToken);
        var lanes = Math.Min(run.Spec.Lanes, index.Count);
        var offset = await OffsetAsync(run, cancellationToken);
        var end = time.GetUtcNow() + options.Slice;

        using var pace = new CallPace(paces, connection.Connection.Id, new(run.Spec.CallsPerSecond, run.Spec.CallsPerDay), Math.Max(1, lanes), time) { Share = lane.Share };
        connection = connection with { Settings = connection.Settings with { Pace = pace } };
        if (lane.State is LaneState.Sending)
        {
            // It may have arrived already, or the worker before us died with the batch in flight.
            lane = lane with { MayHaveArrived = true };
        }

        // Of the batch at hand somebody may have noted something; of one that this worker comes to nobody has.
        var isNew = false;
        while (true)
        {
            var batch = number + (lane.Position * lanes);
            if (batch >= index.Count || await IsStoppedAsync(run.Id, cancellationToken))
            {
                return await EndAsync(run, lane, cancellationToken);
            }

            if (await NotBeforeAsync(lane, connection, cancellationToken) is { } notBefore)
            {
                return await HandOnAsync(run.Id, lane with { NotBefore = notBefore }, notBefore - time.GetUtcNow(), cancellationToken);
            }

            if (time.GetUtcNow() >= end)
            {
                return await HandOnAsync(run.Id, lane with { Share = pace.Share }, TimeSpan.Zero, cancellationToken);
            }

            if (await PaceAsync(pace, cancellationToken) is { } free)
            {
                if (free.IsDaily)
                {
                    await StopAsync(run, DailyLimit, cancellationToken);
                    continue;
                }

                lane = lane with { Share = pace.Share };
                return await HandOnAsync(run.Id, lane with { NotBefore = free.From }, free.From - time.GetUtcNow(), cancellationToken);
            }

            var (shard, chain, page) = index.Find(batch);
            if (lane.State is not LaneState.Sending)
            {
                lane = await MoveAsync(run.Id, lane with { State = LaneState.Sending }, cancellationToken);
            }

            var position = lane.Position;
            lane = await SendAsync(run, lane, connection, new(shard, chain, page, offset + batch, isNew), cancellationToken);
            isNew = lane.Position > position;
        }
    }

    private async Task<Lane> SendAsync(Run run, Lane lane, OpenedConnection connection, BatchAt at, CancellationToken cancellationToken)
    {
        using var span = Traces.Start("run.batch")
            .SetTag(SpanTags.Run, run.Id).SetTag(SpanTags.Phase, RunNames.Of(run.Phase)).SetTag(SpanTags.Batch, at.Number).SetTag(SpanTags.Attempt, lane.Attempt + 1);
        var source = await pages.ReadPageAsync(at.Chain, at.Page, cancellationToken);
        var batch = BatchReader.Read(run, source, at.Number, trackingIds);
        var log = at.IsNew
            ? BatchLog.Begin(outcomes, run.Id, run.Phase, at.Shard, at.Page)
            : await BatchLog.OpenAsync(outcomes, run.Id, run.Phase, at.Shard, at.Page, cancellationToken);
        var known = log.Expand(batch.Rows.Length);
        var position = lane.Position;
        if (run.Phase is RunPhase.Readds)
        {
            await LeaveOutAsync(run, at, source, known, cancellationToken);
        }
        else if (SharedKeys.Matter(run))
        {
            await KeepSharedAsync(run, batch, known, cancellationToken);
        }

        if (run.Purpose is not RunPurpose.Erasure)
        {
            await LeaveOutErasedAsync(batch, known, cancellationToken);
        }

        if (lane.MayHaveArrived)
        {
            // From here on the worker that sent it before us, should it still live, cannot write what became of it.
            log.Doubt(known);
            await log.SaveAsync(lane.Attempt, known, log.Receipt, cancellationToken);
        }

        var tries = lane.Attempt + 1;
        batch = batch with { Attempt = tries };
        var job = lane.JobId is { } id ? new PendingJob(id, [.. (lane.JobRows ?? []).SelectMany(range => Enumerable.Range(range.First, range.Count))]) : null;
        span.SetTag(SpanTags.Rows, known.Count(row => row is null));
        var began = time.GetTimestamp();
        var progress = await sender.SendAsync(
            connection.Connector, connection.Settings, batch, known, job, OperationIds.OfMessage,
            rows => log.SaveAsync(tries, rows, log.Receipt, cancellationToken), cancellationToken);
        lane = lane with
        {
            Requests = lane.Requests + progress.Requests,
            Latency = progress.Requests == 0 ? lane.Latency : (lane.Latency ?? LatencyHistogram.Empty).Add(time.GetElapsedTime(began)),
            MayHaveArrived = lane.MayHaveArrived || progress.MayHaveArrived,
            JobId = progress.Job?.Id,
            JobRows = progress.Job is { } open ? BatchRecord.Ranges(open.Rows) : null,
            JobSince = progress.Job is null ? null : progress.Job.Id == lane.JobId ? lane.JobSince : time.GetUtcNow(),
            Polls = progress.Job is not null && progress.Job.Id == lane.JobId ? lane.Polls + 1 : 0,
            ThrottledSince = progress.Rows.Count(row => row is not null) > known.Count(row => row is not null) ? null : lane.ThrottledSince,
        };
        lane = await JudgeAsync(run, lane, connection, progress, cancellationToken);

        // First the outcomes, then the lane: a crash between them finds rows that need no sending. A lane that goes on writes so with its next step.
        await log.SaveAsync(tries, progress.Rows, progress.Receipt ?? log.Receipt, cancellationToken);
        return lane.Position > position ? lane : await MoveAsync(run.Id, lane, cancellationToken);
    }

    /// <summary>Decides what follows; may give open rows their outcome.</summary>
    private async Task<Lane> JudgeAsync(Run run, Lane lane, OpenedConnection connection, BatchProgress progress, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        switch (progress.Verdict)
        {
            case Verdict.Settled:
                if (connection.Connection.Status is not ConnectionStatus.Healthy)
                {
                    await connections.MarkHealthyAsync(connection.Connection.Id, cancellationToken);
                }

                return Next(lane) with { FailedInRow = 0 };

            case Verdict.Wait wait:
                var until = wait.For ?? options.ThrottleDefault;
                LogThrottled(run.Id, lane.Number, wait.Code, until);
                lane = lane with { ThrottledSince = lane.ThrottledSince ?? now };
                if (wait.Code is CallPace.DailyLimit)
                {
                    await StopAsync(run, DailyLimit, cancellationToken);
                    return Pause(lane, null);
                }

                if (until > options.ThrottleCap || now + until - lane.ThrottledSince > options.ThrottledFor)
                {
                    await StopAsync(run, new(wait.Code, "The platform asks to wait longer than a run may last.", 0, Retryable: true), cancellationToken);
                    return Pause(lane, null);
                }

                await paces.WaitUntilAsync(connection.Connection.Id, now + until, cancellationToken);
                return Pause(lane, now + until);

            case Verdict.Poll when now - lane.JobSince >= connection.Connector.CapabilitiesOf(connection.Settings, run.Spec!.Form).JobTimeout:
                foreach (var row in progress.Job!.Rows)
                {
                    progress.Rows[row] = new(RowFate.Uncertain, "job_timeout", "The platform's job did not come to an end in time.");
                }

                lane = lane with { JobId = null, JobRows = null, JobSince = null, Polls = 0 };
                return progress.HasOpenRows ? Pause(lane, null) : Next(lane);

            case Verdict.Poll poll:
                return Pause(lane with { MayHaveArrived = true, Attempt = 0 }, now + RetrySchedule.Poll(poll.After, lane.Polls));

            case Verdict.TryAgain again when lane.Attempt + 1 < options.MaxAttempts:
                LogFailed(run.Id, lane.Number, lane.Attempt + 1, again.Code);
                var retry = now + RetrySchedule.After(lane.Attempt + 1, options, Random.Shared.NextDouble());
                return Pause(lane with { Attempt = lane.Attempt + 1, MayHaveArrived = lane.MayHaveArrived || !again.IsKnownLost }, retry);

            case Verdict.TryAgain again:
                // Carried over: what may have arrived is uncertain, what cannot have is simply still owed.
                Fill(progress.Rows, new(lane.MayHaveArrived || !again.IsKnownLost ? RowFate.Uncertain : RowFate.Retryable, again.Code, again.Detail));
                var failedInRow = again.IsWhole ? lane.FailedInRow + 1 : 0;
                if (failedInRow >= Lane.MaxFailedInRow)
                {
                    await StopAsync(run, new(again.Code, again.Detail, 0, Retryable: true), cancellationToken);
                }

                return Next(lane) with { FailedInRow = failedInRow };

            case Verdict.Stop stop:
                if (stop.IsUnauthorized)
                {
                    await connections.MarkUnauthorizedAsync(connection.Connection.Id, stop.Detail, cancellationToken);
                }

                await StopAsync(run, new(stop.IsUnauthorized ? RunNames.Unauthorized : stop.Code, stop.Detail, 0, Retryable: true), cancellationToken);
                Fill(progress.Rows, new(lane.MayHaveArrived ? RowFate.Uncertain : RowFate.Retryable, stop.IsUnauthorized ? RunNames.Unauthorized : stop.Code, stop.Detail));
                return Next(lane);

            default:
                throw new InvalidOperationException($"Unknown verdict {progress.Verdict.GetType().Name}.");
        }
    }

    private async Task<HandOver?> HandOnAsync(string runId, Lane lane, TimeSpan after, CancellationToken cancellationToken)
    {
        var handed = await MoveAsync(runId, lane with { Turn = lane.Turn + 1 }, cancellationToken);
        return new(after > TimeSpan.Zero ? after : TimeSpan.Zero, handed.Turn);
    }

    /// <summary>The lane with the same batch at hand.</summary>
    private static Lane Pause(Lane lane, DateTimeOffset? notBefore) =>
        lane with { State = lane.MayHaveArrived ? LaneState.Sending : LaneState.Idle, NotBefore = notBefore };

    /// <summary>The lane at its next batch.</summary>
    private static Lane Next(Lane lane) => lane with
    {
        State = LaneState.Idle,
        Position = lane.Position + 1,
        Attempt = 0,
        NotBefore = null,
        MayHaveArrived = false,
        JobId = null,
        JobRows = null,
        JobSince = null,
        Polls = 0,
        ThrottledSince = null,
    };

    /// <summary>Ends the lane. A batch that may have arrived, and is not sent again, is uncertain.</summary>
    public async Task<HandOver?> EndAsync(Run run, Lane lane, CancellationToken cancellationToken)
    {
        if (lane is { State: LaneState.Sending, Phase: RunPhase.Publish })
        {
            lane = lane with { MayHaveArrived = true };
        }
        else if (lane.State is LaneState.Sending)
        {
            var index = await BatchIndex.ReadAsync(runs, run, lane.Phase, cancellationToken);
            var (shard, chain, page) = index.Find(lane.Number + (lane.Position * Math.Min(run.Spec!.Lanes, index.Count)));
            var rows = (await pages.ReadPageAsync(chain, page, cancellationToken)).Count;
            var log = await BatchLog.OpenAsync(outcomes, run.Id, lane.Phase, shard, page, cancellationToken);
            var known = log.Expand(rows);
            Fill(known, new(RowFate.Uncertain, "interrupted", "Sending was stopped while the batch was in flight."));
            await log.SaveAsync(lane.Attempt + 1, known, log.Receipt, cancellationToken);
        }

        await MoveAsync(run.Id, lane with { State = LaneState.Done }, cancellationToken);
        return null;
    }

    /// <summary>Members whose removal under the old match key was not accepted are not added under the new one: they are carried over.</summary>
    private async Task LeaveOutAsync(Run run, BatchAt at, PageReader source, RowOutcome?[] known, CancellationToken cancellationToken)
    {
        var removals = (await runs.FindShardAsync(run.Id, RunStage.Plan, at.Shard, cancellationToken))?.Plan?.Removals;
        var going = new Dictionary<string, bool>(StringComparer.Ordinal);
        if (removals is not null)
        {
            await foreach (var page in pages.ReadAsync(removals.Id, source.Range, PageParts.Whole, cancellationToken))
            {
                var record = await outcomes.FindAsync(run.Id, RunPhase.Removals, at.Shard, page.Number, cancellationToken);
                var fates = record?.Expand(page.Count);
                for (var row = 0; row < page.Count; row++)
                {
                    going[BatchRows.IdOf(new(page, row))] = fates?[row] is { Fate: RowFate.Accepted };
                }
            }
        }

        for (var row = 0; row < source.Count; row++)
        {
            if (going.TryGetValue(BatchRows.IdOf(new(source, row)), out var isRemoved) && !isRemoved)
            {
                known[row] ??= new(RowFate.Retryable, "old_key_not_removed", "The removal under the old match key was not accepted.");
            }
        }
    }

    /// <summary>A run that was planned before an erasure does not bring the person there after it: the row is left to the run that removes them.</summary>
    private async Task LeaveOutErasedAsync(DeliveryBatch batch, RowOutcome?[] known, CancellationToken cancellationToken)
    {
        var erased = await erasures.UnderWayAsync(cancellationToken);
        if (erased.IsEmpty)
        {
            return;
        }

        foreach (var (index, row) in batch.Rows.Index())
        {
            if (row.Operation is not DeliveryOperation.Remove && erased.Contains(row.ProfileId))
            {
                known[index] ??= new(RowFate.Retryable, "erased", "The person is being erased.");
            }
        }
    }

    /// <summary>Waits out a short pause, before the lane says that it sends.</summary>
    /// <returns>Null when the next call may go; else when it may.</returns>
    private async Task<CallGrant?> PaceAsync(CallPace pace, CancellationToken cancellationToken)
    {
        while (await pace.NextAsync(cancellationToken) is { } later)
        {
            var wait = later.From - time.GetUtcNow();
            if (later.IsDaily || wait > options.WaitInPlace)
            {
                return later;
            }

            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellationToken);
            }
        }

        return null;
    }

    /// <summary>Whose match key another member goes by is taken off the books only: on the list the key is the other's now.</summary>
    private async Task KeepSharedAsync(Run run, DeliveryBatch batch, RowOutcome?[] known, CancellationToken cancellationToken)
    {
        var shared = await sharedKeys.ReadAsync(run, cancellationToken);
        if (shared.Count == 0)
        {
            return;
        }

        foreach (var (index, row) in batch.Rows.Index())
        {
            if (sharedKeys.KeyOf(row.Fields) is { } key && shared.Contains(key))
            {
                known[index] ??= RowOutcome.Accepted;
            }
        }
    }

    private async Task<bool> IsStoppedAsync(string runId, CancellationToken cancellationToken) =>
        await runs.FindAsync(runId, cancellationToken) is not { CancelRequested: false, Stopped: null, Status: RunStatus.Delivering };

    /// <summary>When the lane may send again; null for now.</summary>
    private async Task<DateTimeOffset?> NotBeforeAsync(Lane lane, OpenedConnection connection, CancellationToken cancellationToken)
    {
        var notBefore = lane.NotBefore;
        if (await paces.NotBeforeAsync(connection.Connection.Id, cancellationToken) is { } pause && (notBefore is null || pause > notBefore))
        {
            notBefore = pause;
        }

        return notBefore > time.GetUtcNow() ? notBefore : null;
    }

    private static RunError DailyLimit { get; } =
        new(CallPace.DailyLimit, "The connection's calls for today are used up: the rest is sent by the runs after midnight (UTC).", 0, Retryable: true);

    private async Task StopAsync(Run run, RunError why, CancellationToken cancellationToken)
    {
        LogStopped(run.Id, why.Code);
        await runs.UpdateAsync(run.Id, current => current.Stopped is null && current.Status.IsActive() ? current with { Stopped = why } : null, cancellationToken);
    }

    private async Task<int> OffsetAsync(Run run, CancellationToken cancellationToken)
    {
        var offset = 0;
        for (var phase = RunPhase.Upserts; phase < run.Phase; phase++)
        {
            offset += (await BatchIndex.ReadAsync(runs, run, phase, cancellationToken)).Count;
        }

        return offset;
    }

    /// <exception cref="InvalidOperationException">Another worker has the lane: this one must stop. The message comes again and finds the lane as it is.</exception>
    private async Task<Lane> MoveAsync(string runId, Lane lane, CancellationToken cancellationToken) =>
        await runs.ReplaceLaneAsync(runId, lane with { Storage = lane.Storage + StorageTally.Take() }, cancellationToken)
        ?? throw new InvalidOperationException($"Lane {lane.Phase}/{lane.Number} of {runId} was moved by another worker.");

    private static void Fill(RowOutcome?[] rows, RowOutcome outcome)
    {
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row] ??= outcome;
        }
    }

    /// <param name="Number">Of the batch in its run.</param>
    /// <param name="IsNew">Nobody has noted anything of it.</param>
    private readonly record struct BatchAt(int Shard, string Chain, int Page, int Number, bool IsNew);

    [LoggerMessage(6010, LogLevel.Information, "{RunId} lane {Lane}: the platform asks to wait {Wait} ({Code})")]
    private partial void LogThrottled(string runId, int lane, string code, TimeSpan wait);

    [LoggerMessage(6011, LogLevel.Warning, "{RunId} lane {Lane}: try {Attempt} failed ({Code})")]
    private partial void LogFailed(string runId, int lane, int attempt, string code);

    [LoggerMessage(6012, LogLevel.Warning, "{RunId} stops sending: {Code}")]
    private partial void LogStopped(string runId, string code);
}
