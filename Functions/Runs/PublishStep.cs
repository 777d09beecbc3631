using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Faults;

namespace AudienceSync.Runs;

/// <summary>The last step of a run on a file connector: publishes the set of files (manifest file last). Until then nothing in them counts.</summary>
/// <remarks>It has a lane of its own, which counts the tries and says when one is in flight, as for batches.</remarks>
public sealed class PublishStep(
    IRunStore runs, IBatchOutcomeStore outcomes, ConnectionService connections, IConnectorClient client, DeliveryOptions options, TimeProvider time)
{
    /// <param name="turn">Of the message, as of a lane's.</param>
    /// <returns>Null when the set is published or given up; else when to try again.</returns>
    public async Task<HandOver?> RunAsync(Run run, int number, int turn, CancellationToken cancellationToken)
    {
        if (await runs.FindLaneAsync(run.Id, RunPhase.Publish, number, cancellationToken) is not { State: not LaneState.Done } lane || lane.Turn != turn)
        {
            return null;
        }

        // In flight when its worker died, or tried without an answer: the set may count already.
        lane = lane with { MayHaveArrived = lane.MayHaveArrived || lane.State is LaneState.Sending };
        if (run.Published || run.CancelRequested || run.Stopped is not null || await ReadReceiptsAsync(run, cancellationToken) is not { } receipts)
        {
            return await EndAsync(run.Id, lane, cancellationToken);
        }

        if (lane.NotBefore is { } notBefore && notBefore > time.GetUtcNow())
        {
            return await PauseAsync(run.Id, lane, notBefore - time.GetUtcNow(), cancellationToken);
        }

        if (await connections.OpenAsync(run.Spec!.ConnectionId, cancellationToken) is not Result<OpenedConnection>.Ok(var connection))
        {
            await StopAsync(run.Id, new("connection_unusable", "The connection is gone or its secrets cannot be opened.", 0, Retryable: true), cancellationToken);
            return await EndAsync(run.Id, lane, cancellationToken);
        }

        lane = await MoveAsync(run.Id, lane with { State = LaneState.Sending }, cancellationToken);
        var completion = new DeliveryCompletion(run.Spec.Audience, run.Id, run.AsOf, run.Spec.FullFiles, receipts)
        {
            FieldNames = [.. run.Spec.Mapping.Select(entry => entry.To)],
        };
        var report = await client.CompleteAsync(connection.Connector, connection.Settings, completion, cancellationToken);
        lane = lane with { Requests = lane.Requests + (report?.Exchanges.Length ?? 0) };
        return await JudgeAsync(run, lane, connection, report?.Outcome, cancellationToken);
    }

    /// <summary>The files of the set in the order of batches; null when there is nothing that could be published.</summary>
    /// <remarks>A full set with a part missing would read as "everyone in that part left": all or nothing. A part of a difference stands for itself.</remarks>
    private async Task<ImmutableArray<string>?> ReadReceiptsAsync(Run run, CancellationToken cancellationToken)
    {
        ImmutableArray<string> receipts =
        [
            .. await outcomes.ReadAsync(run.Id, phase: null, shard: null, cancellationToken)
                .Where(record => record.Receipt is not null).Select(record => record.Receipt!).ToListAsync(cancellationToken),
        ];
        if (!run.Spec!.FullFiles)
        {
            return receipts.IsEmpty ? null : receipts;
        }

        var batches = (await BatchIndex.ReadAsync(runs, run, RunPhase.Upserts, cancellationToken)).Count;
        return receipts.Length == batches ? receipts : null;
    }

    private async Task<HandOver?> JudgeAsync(Run run, Lane lane, OpenedConnection connection, DeliveryOutcome? outcome, CancellationToken cancellationToken)
    {
        switch (outcome)
        {
            case null or DeliveryOutcome.Settled or DeliveryOutcome.Stored:
                await runs.UpdateAsync(run.Id, current => current.Status.IsActive() ? current with { Published = true } : null, cancellationToken);
                return await EndAsync(run.Id, lane, cancellationToken);

            case DeliveryOutcome.Throttled throttled when (throttled.RetryAfter ?? options.ThrottleDefault) <= options.ThrottleCap:
                return await PauseAsync(run.Id, lane, throttled.RetryAfter ?? options.ThrottleDefault, cancellationToken);

            case DeliveryOutcome.Failed failed:
                lane = lane with { Attempt = lane.Attempt + 1, MayHaveArrived = lane.MayHaveArrived || !BatchSender.IsKnownLost(failed.Code) };
                if (lane.Attempt < options.MaxAttempts)
                {
                    return await PauseAsync(run.Id, lane, RetrySchedule.After(lane.Attempt, options, Random.Shared.NextDouble()), cancellationToken);
                }

                break;

            case DeliveryOutcome.Unauthorized unauthorized:
                await connections.MarkUnauthorizedAsync(connection.Connection.Id, unauthorized.Detail, cancellationToken);
                break;
        }

        await StopAsync(run.Id, WhyOf(outcome), cancellationToken);
        return await EndAsync(run.Id, lane, cancellationToken);
    }

    private static RunError WhyOf(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Throttled throttled => new(throttled.Code, "The platform asks to wait longer than a run may last.", 0, Retryable: true),
        DeliveryOutcome.Failed failed => new(failed.Code, failed.Detail, 0, Retryable: true),
        DeliveryOutcome.Unauthorized unauthorized => new(RunNames.Unauthorized, unauthorized.Detail, 0, Retryable: true),
        DeliveryOutcome.Misconfigured misconfigured => new(misconfigured.Code, misconfigured.Detail, 0, Retryable: true),
        DeliveryOutcome.Refused refused => new(refused.Code, refused.Detail, 0, Retryable: false),
        _ => new("not_published", "The platform gave no final answer.", 0, Retryable: true),
    };

    private async Task<HandOver?> PauseAsync(string runId, Lane lane, TimeSpan wait, CancellationToken cancellationToken)
    {
        var state = lane.MayHaveArrived ? LaneState.Sending : LaneState.Idle;
        var handed = await MoveAsync(runId, lane with { State = state, NotBefore = time.GetUtcNow() + wait, Turn = lane.Turn + 1 }, cancellationToken);
        return new(wait, handed.Turn);
    }

    private async Task<HandOver?> EndAsync(string runId, Lane lane, CancellationToken cancellationToken)
    {
        await MoveAsync(runId, lane with { State = LaneState.Done }, cancellationToken);
        return null;
    }

    private Task StopAsync(string runId, RunError why, CancellationToken cancellationToken) => runs.UpdateAsync(
        runId, current => current.Status.IsActive() && current.Stopped is null ? current with { Stopped = why } : null, cancellationToken);

    private async Task<Lane> MoveAsync(string runId, Lane lane, CancellationToken cancellationToken) =>
        await runs.ReplaceLaneAsync(runId, lane with { Storage = lane.Storage + StorageTally.Take() }, cancellationToken)
        ?? throw new InvalidOperationException($"The last step of {runId} was taken by another worker.");
}
