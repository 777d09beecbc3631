using System.Collections.Immutable;
using System.Diagnostics;
using AudienceSync.Connectors.Kit;
using AudienceSync.Observability;

namespace AudienceSync.Delivery;

/// <summary>Speaks to platforms through <paramref name="client"/>: a span for each call, its duration, the rows of batches, and how often we are asked to wait.</summary>
public sealed class MeteredClient(IConnectorClient client, Instruments instruments, TimeProvider time) : IConnectorClient
{
    public Task<DeliveryReport> DeliverAsync(ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken)
    {
        instruments.MeasureBatch(connector.Type, batch.Rows.Length);
        return CallAsync(
            "deliver", connector, settings, batch.Rows.Length, () => client.DeliverAsync(connector, settings, batch, cancellationToken), report => (report.Outcome, report.Exchanges.Length));
    }

    public Task<DeliveryReport> PollAsync(
        ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, string jobId, CancellationToken cancellationToken) => CallAsync(
            "poll", connector, settings, batch.Rows.Length, () => client.PollAsync(connector, settings, batch, jobId, cancellationToken), report => (report.Outcome, report.Exchanges.Length));

    public Task<DeliveryReport?> CompleteAsync(
        ConnectorDefinition connector, ConnectorSettings settings, DeliveryCompletion completion, CancellationToken cancellationToken) => CallAsync(
            "complete", connector, settings, null, () => client.CompleteAsync(connector, settings, completion, cancellationToken), report => (report?.Outcome, report?.Exchanges.Length ?? 0));

    public Task<AudienceReport> ResolveAudienceAsync(
        ConnectorDefinition connector, ConnectorSettings settings, AudienceRef audience, bool mayCreate, CancellationToken cancellationToken) => CallAsync(
            "audience", connector, settings, null, () => client.ResolveAudienceAsync(connector, settings, audience, mayCreate, cancellationToken),
            report => (report.Failure, report.Exchanges.Length));

    public Task<ImmutableArray<CheckStep>> CheckAsync(ConnectorDefinition connector, ConnectorSettings settings, CancellationToken cancellationToken) => CallAsync(
        "check", connector, settings, null, () => client.CheckAsync(connector, settings, cancellationToken),
        steps => (steps.All(step => step.Ok) ? null : new DeliveryOutcome.Failed("check_failed", ""), steps.Length));

    public Task<ImmutableArray<Exchange>> PreviewAsync(
        ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken) =>
        client.PreviewAsync(connector, settings, batch, cancellationToken);

    /// <param name="read">What the call came to (null when it went well and there is no more to say), and how many requests it took.</param>
    private async Task<T> CallAsync<T>(
        string call, ConnectorDefinition connector, ConnectorSettings settings, int? rows, Func<Task<T>> send, Func<T, (DeliveryOutcome? Outcome, int Requests)> read)
    {
        var from = time.GetTimestamp();
        using var span = Traces.Start("connector.call", ActivityKind.Client)
            .SetTag(SpanTags.Connector, connector.Type).SetTag(SpanTags.Connection, settings.ConnectionId).SetTag(SpanTags.Call, call).SetTag(SpanTags.Rows, rows);
        try
        {
            var answer = await send();
            var (outcome, requests) = read(answer);
            if (requests == 0 && outcome is null or DeliveryOutcome.Settled { Rows.IsEmpty: true })
            {
                // Nothing was asked of the platform: the audience was known, or there is no such step.
                span.IsAllDataRequested = false;
                span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
                return answer;
            }

            var word = WordOf(outcome);
            span.SetTag(SpanTags.Outcome, word).SetTag(SpanTags.Requests, requests).SetStatus(IsFine(outcome) ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
            instruments.MeasureCall(connector.Type, call, word, time.GetElapsedTime(from));
            if (outcome is DeliveryOutcome.Throttled throttled)
            {
                instruments.CountThrottle(connector.Type, throttled.Code);
            }

            return answer;
        }
        catch (Exception e) when (Traces.Fails(span, e))
        {
            throw;
        }
    }

    private static bool IsFine(DeliveryOutcome? outcome) => outcome is null or DeliveryOutcome.Settled or DeliveryOutcome.Stored or DeliveryOutcome.Pending;

    private static string WordOf(DeliveryOutcome? outcome) => outcome switch
    {
        null or DeliveryOutcome.Settled => "settled",
        DeliveryOutcome.Stored => "stored",
        DeliveryOutcome.Pending => "pending",
        DeliveryOutcome.Throttled => "throttled",
        DeliveryOutcome.Failed => "failed",
        DeliveryOutcome.Refused => "refused",
        DeliveryOutcome.Unauthorized => "unauthorized",
        DeliveryOutcome.Misconfigured => "misconfigured",
        _ => "other",
    };
}
