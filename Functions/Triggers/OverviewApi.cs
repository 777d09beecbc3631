using System.Text.Json.Serialization;
using AudienceSync.Access;
using AudienceSync.Http;
using AudienceSync.Runs;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/delivery-overview</c>: what was delivered in a span of time, stage by stage.</summary>
public sealed class OverviewApi(DeliveryOverview overview, TimeProvider time)
{
    [Function("get-delivery-overview")]
    [RequiresRole(Role.Viewer)]
    [Operation("Sum up what was delivered", Answer = typeof(OverviewView))]
    [Parameter("from", "Begin; seven days before the end unless given.", Type = typeof(DateTimeOffset))]
    [Parameter("to", "End; now unless given.", Type = typeof(DateTimeOffset))]
    [Parameter("granularity", "Of the series; by the span unless given.", Type = typeof(OverviewGranularity))]
    [Parameter("groupBy", "Numbers of each destination or code beside those of all.", Type = typeof(OverviewGroup))]
    [Parameter("destinationId", "Of this destination alone.")]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/delivery-overview")] HttpRequest request, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request, "from", "to", "granularity", "groupBy", "destinationId") is { } refusal)
        {
            return ApiResults.Problem(refusal);
        }

        var read = await EventQueries.ReadOverview(request.Query, time.GetUtcNow()).ThenAsync(query => overview.ReadAsync(query, cancellationToken));
        return read.Match(report => ApiResults.Ok(OverviewView.Of(report), OverviewJson.Default.OverviewView), ApiResults.Problem);
    }
}

internal sealed record OverviewView(
    DateTimeOffset From, DateTimeOffset To, string Granularity, string? GroupBy, long Runs, IReadOnlyDictionary<string, long> Statuses, OverviewStages Stages,
    IReadOnlyList<OverviewReasonView> Reasons, RemovalReasons RemovalReasons, long Requests, OverviewLatencyView Latency, OverviewPreviousView Previous,
    IReadOnlyList<OverviewPointView> Series,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<OverviewGroupView>? Groups)
{
    public static OverviewView Of(OverviewReport report) => new(
        report.Query.Grid.From, report.Query.Grid.To, RunNames.Of(report.Query.Grid.Granularity), report.Query.GroupBy is { } group ? RunNames.Of(group) : null,
        report.Numbers.Runs, report.Numbers.Statuses, report.Numbers.Stages, OverviewReasonView.Of(report.Numbers), report.Numbers.RemovalReasons, report.Numbers.Requests,
        OverviewLatencyView.Of(report.Numbers),
        new(
            report.PreviousFrom, report.Query.Grid.From, report.Previous.Runs, report.Previous.Stages, OverviewReasonView.Of(report.Previous), report.Previous.Requests,
            OverviewLatencyView.Of(report.Previous)),
        [.. report.Series.Select(point => new OverviewPointView(point.At, point.Numbers.Runs, point.Numbers.Stages, OverviewLatencyView.Of(point.Numbers)))],
        report.Query.GroupBy is null ? null : [.. report.Groups.Select(OverviewGroupView.Of)]);
}

/// <param name="Count">Rows rejected or carried over for the reason.</param>
internal sealed record OverviewReasonView(string Code, long Count, bool Retryable)
{
    public static IReadOnlyList<OverviewReasonView> Of(OverviewNumbers numbers) =>
        [.. numbers.Reasons.Select(reason => new OverviewReasonView(reason.Code, reason.Count, reason.Retryable))];
}

/// <summary>How long batches took, in milliseconds; null where none was sent.</summary>
internal sealed record OverviewLatencyView(long Batches, long? P50Ms, long? P95Ms)
{
    public static OverviewLatencyView Of(OverviewNumbers numbers) => new(numbers.Latency.Count, numbers.Latency.Percentile(0.50), numbers.Latency.Percentile(0.95));
}

/// <summary>The span of the same length before.</summary>
internal sealed record OverviewPreviousView(
    DateTimeOffset From, DateTimeOffset To, long Runs, OverviewStages Stages, IReadOnlyList<OverviewReasonView> Reasons, long Requests, OverviewLatencyView Latency);

/// <param name="At">Begin of the hour, day or week (UTC); the first and the last count what lies in the span.</param>
internal sealed record OverviewPointView(DateTimeOffset At, long Runs, OverviewStages Stages, OverviewLatencyView Latency);

internal sealed record OverviewGroupView(
    string Key,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Count,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Runs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OverviewStages? Stages,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OverviewLatencyView? Latency)
{
    public static OverviewGroupView Of(OverviewGroupReport group) => new(
        group.Key, group.Name, group.Count, group.Numbers?.Runs, group.Numbers?.Stages, group.Numbers is { } numbers ? OverviewLatencyView.Of(numbers) : null);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(OverviewView))]
internal sealed partial class OverviewJson : JsonSerializerContext;
