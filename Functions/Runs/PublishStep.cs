using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Faults;

namespace AudienceSync.Runs;

/// <summary>The last step of a run on a file connector: publishes the set of files (manifest file last). Until then nothing in them counts.</summary>
public sealed class PublishStep(
    IRunStore runs, IBatchOutcomeStore outcomes, ConnectionService connections, IConnectorClient client, DeliveryOptions options, TimeProvider time)
{
    /// <returns>Null when the set is published or given up; else when to try again.</returns>
    public async Task<TimeSpan?> RunAsync(Run run, CancellationToken cancellationToken)
    {
        if (run.Published || run.Unpublished)
        {
            return null;
        }

        var lane = await runs.FindLaneAsync(run.Id, RunPhase.Upserts, PublishLane, cancellationToken);
        if (lane is null)
        {
            await runs.OpenLanesAsync(run.Id, [new() { Phase = RunPhase.Upserts, Number = PublishLane, State = LaneState.Done }], cancellationToken);
            lane = (await runs.FindLaneAsync(run.Id, RunPhase.Upserts, PublishLane, cancellationToken))!;
        }

        ImmutableArray<string> receipts =
        [
            .. await outcomes.ReadAsync(run.Id, phase: null, shard: null, cancellationToken)
                .Where(record => record.Receipt is not null).Select(record => record.Receipt!).ToListAsync(cancellationToken),
        ];
        var batches = 0;
        for (var phase = RunPhase.Upserts; phase <= RunPhase.Readds; phase++)
        {
            batches += (await BatchIndex.ReadAsync(runs, run, phase, cancellationToken)).Count;
        }

        // A full set with a part missing would read as "everyone in that part left": all or nothing. A part of a difference stands for itself.
        var isComplete = run.Spec!.FullFiles ? receipts.Length == batches : !receipts.IsEmpty;
        if (run.CancelRequested || run.Stopped is not null || !isComplete)
        {
            await MarkAsync(run, published: false, why: null, cancellationToken);
            return null;
        }

        if (await connections.OpenAsync(run.Spec.ConnectionId, cancellationToken) is not Result<OpenedConnection>.Ok(var connection))
        {
            await MarkAsync(run, published: false, new("connection_unusable", "The connection is gone or its secrets cannot be opened.", 0, true), cancellationToken);
            return null;
        }

        var completion = new DeliveryCompletion(run.Spec.Audience, run.Id, run.AsOf, run.Spec.FullFiles, receipts)
        {
            FieldNames = [.. run.Spec.Mapping.Select(entry => entry.To)],
        };
        var report = await client.CompleteAsync(connection.Connector, connection.Settings, completion, cancellationToken);
        var (again, why) = Judge(report?.Outcome, lane.Attempt + 1);
        if (again is { } delay)
        {
            await runs.ReplaceLaneAsync(run.Id, lane with { Attempt = lane.Attempt + 1, Requests = lane.Requests + (report?.Exchanges.Length ?? 0) }, cancellationToken);
            return delay;
        }

        await MarkAsync(run with { Requests = run.Requests + (report?.Exchanges.Length ?? 0) }, why is null, why, cancellationToken);
        return null;
    }

    /// <summary>Counts the tries; it sends no batches.</summary>
    private const int PublishLane = 9_999;

    private (TimeSpan? Again, RunError? Why) Judge(DeliveryOutcome? outcome, int attempt) => outcome switch
    {
        null or DeliveryOutcome.Settled or DeliveryOutcome.Stored => (null, null),
        DeliveryOutcome.Throttled throttled when (throttled.RetryAfter ?? options.ThrottleDefault) <= options.ThrottleCap =>
            (throttled.RetryAfter ?? options.ThrottleDefault, null),
        DeliveryOutcome.Throttled throttled => (null, new(throttled.Code, "The platform asks to wait longer than a run may last.", 0, true)),
        DeliveryOutcome.Failed when attempt < options.MaxAttempts => (RetrySchedule.After(attempt, options, Random.Shared.NextDouble()), null),
        DeliveryOutcome.Failed failed => (null, new(failed.Code, failed.Detail, 0, true)),
        DeliveryOutcome.Unauthorized unauthorized => (null, new(RunNames.Unauthorized, unauthorized.Detail, 0, true)),
        DeliveryOutcome.Misconfigured misconfigured => (null, new(misconfigured.Code, misconfigured.Detail, 0, true)),
        DeliveryOutcome.Refused refused => (null, new(refused.Code, refused.Detail, 0, false)),
        _ => (null, new("not_published", "The platform gave no final answer.", 0, true)),
    };

    private async Task MarkAsync(Run run, bool published, RunError? why, CancellationToken cancellationToken)
    {
        while (await runs.FindAsync(run.Id, cancellationToken) is { } current && current.Status.IsActive() && !current.Published && !current.Unpublished)
        {
            var marked = current with
            {
                Published = published,
                Unpublished = !published,
                Stopped = current.Stopped ?? why,
                Requests = run.Requests,
                TouchedAt = time.GetUtcNow(),
            };
            if (await runs.ReplaceAsync(marked, cancellationToken) is not null)
            {
                return;
            }
        }
    }
}
