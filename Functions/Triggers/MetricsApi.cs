using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Access;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Runs;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/metrics</c>: series for charts.</summary>
public sealed class MetricsApi(RunMetrics runs, AudienceSizes sizes, TimeProvider time)
{
    /// <summary>The span unless the request names one.</summary>
    private static readonly TimeSpan StandardSpan = TimeSpan.FromDays(30);

    [Function("get-run-metrics")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read how runs went", Answer = typeof(RunMetricsView))]
    [Parameter("from", "Begin; 30 days before the end unless given.", Type = typeof(DateTimeOffset))]
    [Parameter("to", "End; now unless given.", Type = typeof(DateTimeOffset))]
    [Parameter("granularity", "Of the series; by the span unless given.", Type = typeof(OverviewGranularity))]
    [Parameter("destinationId", "Runs of this destination.")]
    [Parameter("segmentId", "Runs of the destinations of this segment.")]
    public async Task<IResult> RunsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/metrics/runs")] HttpRequest request, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request, "from", "to", "granularity", "destinationId", "segmentId") is { } refusal)
        {
            return ApiResults.Problem(refusal);
        }

        List<Fault> faults = [];
        var grid = EventQueries.ReadGrid(request.Query, time.GetUtcNow(), StandardSpan, faults);
        var query = new RunMetricsQuery(grid, request.Query["destinationId"].FirstOrDefault(), request.Query["segmentId"].FirstOrDefault());
        return faults.Count > 0
            ? ApiResults.Problem(QueryFilters.Invalid(faults))
            : (await runs.ReadAsync(query, cancellationToken)).Match(
                series => ApiResults.Ok(
                    new RunMetricsView(grid.From, grid.To, RunNames.Of(grid.Granularity), query.DestinationId, query.SegmentId, series), MetricsJson.Default.RunMetricsView),
                ApiResults.Problem);
    }

    /// <summary>Of one destination, or of all that a segment feeds.</summary>
    [Function("get-audience-size")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read how an audience grew", Answer = typeof(AudienceSizeView))]
    [Parameter("from", "Begin; 30 days before the end unless given.", Type = typeof(DateTimeOffset))]
    [Parameter("to", "End; now unless given.", Type = typeof(DateTimeOffset))]
    [Parameter("granularity", "Of the series; by the span unless given.", Type = typeof(OverviewGranularity))]
    [Parameter("destinationId", "Of this destination. Either this or `segmentId` is required.")]
    [Parameter("segmentId", "Of every destination of this segment.")]
    public async Task<IResult> AudienceSizeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/metrics/audience-size")] HttpRequest request, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request, "from", "to", "granularity", "destinationId", "segmentId") is { } refusal)
        {
            return ApiResults.Problem(refusal);
        }

        List<Fault> faults = [];
        var grid = EventQueries.ReadGrid(request.Query, time.GetUtcNow(), StandardSpan, faults);
        var (destinationId, segmentId) = (request.Query["destinationId"].FirstOrDefault(), request.Query["segmentId"].FirstOrDefault());
        if ((destinationId is null) == (segmentId is null))
        {
            faults.Add(new("segmentId", destinationId is null ? "required" : "ambiguous", "Name either a segment or a destination: segmentId=seg_… or destinationId=dst_…."));
        }

        return faults.Count > 0
            ? ApiResults.Problem(QueryFilters.Invalid(faults))
            : (await sizes.ReadAsync(grid, (segmentId ?? destinationId)!, cancellationToken)).Match(
                report => ApiResults.Ok(
                    new AudienceSizeView(grid.From, grid.To, RunNames.Of(grid.Granularity), destinationId, segmentId, report.Points, report.Destinations),
                    MetricsJson.Default.AudienceSizeView),
                ApiResults.Problem);
    }
}

internal sealed record RunMetricsView(
    DateTimeOffset From,
    DateTimeOffset To,
    string Granularity,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? DestinationId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SegmentId,
    ImmutableArray<RunMetricsPoint> Series);

internal sealed record AudienceSizeView(
    DateTimeOffset From,
    DateTimeOffset To,
    string Granularity,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? DestinationId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SegmentId,
    ImmutableArray<AudienceSizePoint> Series,
    ImmutableArray<AudienceSeries> Destinations);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(RunMetricsView))]
[JsonSerializable(typeof(AudienceSizeView))]
internal sealed partial class MetricsJson : JsonSerializerContext;
