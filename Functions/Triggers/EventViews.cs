using System.Text.Json.Serialization;
using AudienceSync.Delivery;
using AudienceSync.Runs;
using AudienceSync.Values;

namespace AudienceSync.Triggers;

/// <summary>A call to a platform as lists show it.</summary>
internal sealed record EventView(
    string Id, DateTimeOffset At, string DestinationId, string? RunId, string ConnectionId, string Connector, DeliveryCall Call, int? Batch, int Attempt,
    DeliveryVerdict Outcome, string? Code, string? Detail, EventOperationsView Operations, EventRowsView Rows, int Status, long Ms, int Requests)
{
    public static EventView Of(DeliveryRecord record) => new(
        record.Id, record.At, record.DestinationId, record.RunId.Length == 0 ? null : record.RunId, record.ConnectionId, record.Connector, record.Call, record.Batch, record.Attempt, record.Outcome,
        record.Code, record.Detail, EventOperationsView.Of(record), EventRowsView.Of(record), record.Status, record.Ms, record.Requests);
}

/// <summary>Rows of the call by operation.</summary>
internal sealed record EventOperationsView(int Add, int Update, int Remove)
{
    public static EventOperationsView Of(DeliveryRecord record) => new(record.Adds, record.Updates, record.Removes);
}

/// <summary>Rows of the call by fate; all 0 where the call as a whole failed.</summary>
internal sealed record EventRowsView(int Accepted, int Rejected, int Retryable, int Uncertain)
{
    public static EventRowsView Of(DeliveryRecord record) => new(record.Accepted, record.Rejected, record.Retryable, record.Uncertain);
}

/// <summary>A call with its stages: what the run handed over, what the mapping filled, what was said, what came of it.</summary>
internal sealed record EventDetailView(
    string Id, DateTimeOffset At, string DestinationId, string? RunId, string ConnectionId, string Connector, DeliveryCall Call, int? Batch, int Attempt,
    DeliveryVerdict Outcome, string? Code, string? Detail, int Status, long Ms, int Requests, EventReceivedView Received, EventMappedView Mapped,
    IReadOnlyList<ExchangeView> Exchanges, EventResultView Result)
{
    public static EventDetailView Of(DeliveryRecord record) => new(
        record.Id, record.At, record.DestinationId, record.RunId.Length == 0 ? null : record.RunId, record.ConnectionId, record.Connector, record.Call, record.Batch, record.Attempt, record.Outcome,
        record.Code, record.Detail, record.Status, record.Ms, record.Requests,
        new(record.MessageId, record.Adds + record.Updates + record.Removes, EventOperationsView.Of(record)),
        new([.. record.Fields]),
        [.. record.Exchanges.Select(ExchangeView.Of)],
        new(EventRowsView.Of(record), [.. record.Reasons]));
}

internal sealed record EventReceivedView(string? MessageId, int Rows, EventOperationsView Operations);

internal sealed record EventMappedView(IReadOnlyList<string> Fields);

internal sealed record EventResultView(EventRowsView Rows, IReadOnlyList<DeliveryReason> Reasons);

/// <summary>One request of a run.</summary>
/// <param name="Attempt">From 1; more for retries of the batch.</param>
internal sealed record RunRequestView(
    string EventId, DateTimeOffset At, DeliveryCall Call, int? Batch, int Attempt, DeliveryVerdict Outcome, string? Code, ExchangeRequestView Request,
    ExchangeResponseView? Response, long Ms, string? Failure)
{
    public static RunRequestView Of(RunRequestAnswer answer)
    {
        var exchange = ExchangeView.Of(answer.Exchange);
        var call = answer.Call;
        return new(
            call.Id, call.At, call.Call, call.Batch, call.Attempt, call.Outcome, call.Code, exchange.Request, exchange.Response, exchange.Ms, exchange.Failure);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(EventView))]
[JsonSerializable(typeof(EventDetailView))]
[JsonSerializable(typeof(RunRequestView))]
internal sealed partial class EventsJson : JsonSerializerContext;
