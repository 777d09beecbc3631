using System.Collections.Immutable;
using AudienceSync.Faults;

namespace AudienceSync.Runs;

/// <summary>What charts of runs are asked for. Null parts take everything.</summary>
public sealed record RunMetricsQuery(TimeGrid Grid, string? DestinationId, string? SegmentId);

/// <summary>Series for charts of runs, made of their summaries: how many ran and how they ended, how long they took, what they moved. Dry runs do not count.</summary>
public sealed class RunMetrics(IRunSummaries summaries)
{
    public async Task<Result<ImmutableArray<RunMetricsPoint>>> ReadAsync(RunMetricsQuery query, CancellationToken cancellationToken)
    {
        if (query.Grid.Check(DeliveryOverview.LongestSpan) is { } fault)
        {
            return Refusal.Invalid([fault]);
        }

        var runs = await summaries.ReadAsync(query.Grid.From, query.Grid.To, cancellationToken)
            .Where(run => (query.DestinationId is null || run.DestinationId == query.DestinationId) && (query.SegmentId is null || run.SegmentId == query.SegmentId))
            .ToListAsync(cancellationToken);
        var byPoint = runs.ToLookup(run => query.Grid.PointOf(run.FinishedAt));
        return query.Grid.Points().Select(at => RunMetricsPoint.Of(at, [.. byPoint[at]])).ToImmutableArray();
    }
}

/// <param name="At">Begin of the hour, day or week; the first and the last count what lies in the span.</param>
/// <param name="Statuses">Runs by how they ended.</param>
/// <param name="AverageMs">From start to end, what they waited for a decision included; null without runs.</param>
/// <param name="LongestMs">Of the run that took longest.</param>
public sealed record RunMetricsPoint(
    DateTimeOffset At, long Runs, ImmutableSortedDictionary<string, long> Statuses, long? AverageMs, long? LongestMs, long Planned, long Delivered, long Rejected, long CarriedOver,
    long Requests)
{
    internal static RunMetricsPoint Of(DateTimeOffset at, ImmutableArray<RunSummary> runs)
    {
        var numbers = OverviewNumbers.Of(runs);
        ImmutableArray<double> times = [.. runs.Select(run => (run.FinishedAt - run.StartedAt).TotalMilliseconds)];
        return new(
            at, numbers.Runs, numbers.Statuses, times.IsEmpty ? null : (long)times.Average(), times.IsEmpty ? null : (long)times.Max(),
            numbers.Stages.Planned, numbers.Stages.Delivered, numbers.Stages.Rejected, numbers.Stages.CarriedOver, numbers.Requests);
    }
}
