using System.Collections.Immutable;
using AudienceSync.Delivery;
using AudienceSync.Destinations;
using AudienceSync.Faults;

namespace AudienceSync.Runs;

/// <summary>What is asked of the overview.</summary>
/// <param name="From">Included; runs count by when they finished.</param>
/// <param name="To">Excluded.</param>
public sealed record OverviewQuery(DateTimeOffset From, DateTimeOffset To, OverviewGranularity Granularity, OverviewGroup? GroupBy, string? DestinationId);

public enum OverviewGranularity
{
    Hour = 1,
    Day,

    /// <summary>From Monday.</summary>
    Week,
}

public enum OverviewGroup
{
    Destination = 1,
    Connector,

    /// <summary>Reasons alone: what has a code was not delivered.</summary>
    Code,
}

/// <summary>Adds up what finished runs delivered in a span of time, beside the span before. Dry runs do not count.</summary>
public sealed class DeliveryOverview(IRunSummaries summaries, IDestinationStore destinations)
{
    public static readonly TimeSpan LongestSpan = TimeSpan.FromDays(92);

    /// <summary>Most points of the series.</summary>
    public const int MaxPoints = 1_000;

    public async Task<Result<OverviewReport>> ReadAsync(OverviewQuery query, CancellationToken cancellationToken)
    {
        if (Check(query) is { } refusal)
        {
            return refusal;
        }

        var span = query.To - query.From;
        List<RunSummary> now = [];
        List<RunSummary> before = [];
        await foreach (var summary in summaries.ReadAsync(query.From - span, query.To, cancellationToken))
        {
            if (query.DestinationId is null || summary.DestinationId == query.DestinationId)
            {
                (summary.FinishedAt < query.From ? before : now).Add(summary);
            }
        }

        return new OverviewReport(
            query, OverviewNumbers.Of(now), query.From - span, OverviewNumbers.Of(before), Series(query, now), await GroupsAsync(query, now, cancellationToken));
    }

    private static Refusal? Check(OverviewQuery query)
    {
        var span = query.To - query.From;
        var fault = span <= TimeSpan.Zero ? new Fault("from", "invalid_range", "'from' must be before 'to'.")
            : span > LongestSpan ? new("from", "invalid_range", $"The span has {span.TotalDays:0.#} days; at most {LongestSpan.TotalDays} are added up. Ask for less.")
            : Points(query) is > MaxPoints and var points ? new("granularity", "invalid_range", $"The series would have {points} points; at most {MaxPoints} are given. Ask for days.")
            : null;
        return fault is null ? null : Refusal.Invalid([fault]);
    }

    private static long Points(OverviewQuery query)
    {
        var step = query.Granularity is OverviewGranularity.Hour ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1);
        return ((query.To - query.From).Ticks / step.Ticks) + 2;
    }

    private static ImmutableArray<OverviewPoint> Series(OverviewQuery query, IReadOnlyList<RunSummary> runs)
    {
        var byPoint = runs.ToLookup(run => Floor(run.FinishedAt, query.Granularity));
        var points = ImmutableArray.CreateBuilder<OverviewPoint>();
        for (var at = Floor(query.From, query.Granularity); at < query.To; at = Next(at, query.Granularity))
        {
            points.Add(new(at, OverviewNumbers.Of(byPoint[at])));
        }

        return points.ToImmutable();
    }

    private async Task<ImmutableArray<OverviewGroupReport>> GroupsAsync(OverviewQuery query, IReadOnlyList<RunSummary> runs, CancellationToken cancellationToken)
    {
        switch (query.GroupBy)
        {
            case OverviewGroup.Destination:
                var groups = ImmutableArray.CreateBuilder<OverviewGroupReport>();
                foreach (var group in runs.GroupBy(run => run.DestinationId).OrderBy(group => group.Key, StringComparer.Ordinal))
                {
                    var name = (await destinations.GetAsync(group.Key, cancellationToken))?.Name;
                    groups.Add(new(group.Key, name, OverviewNumbers.Of(group), null));
                }

                return groups.ToImmutable();
            case OverviewGroup.Connector:
                return [.. runs.GroupBy(run => run.Connector).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => new OverviewGroupReport(group.Key, null, OverviewNumbers.Of(group), null))];
            case OverviewGroup.Code:
                return [.. OverviewNumbers.Of(runs).Reasons.Select(reason => new OverviewGroupReport(reason.Code, null, null, reason.Count))];
            default:
                return [];
        }
    }

    private static DateTimeOffset Floor(DateTimeOffset at, OverviewGranularity granularity)
    {
        var time = at.UtcDateTime;
        var day = time.Date;
        return new(
            granularity switch
            {
                OverviewGranularity.Hour => day.AddHours(time.Hour),
                OverviewGranularity.Week => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
                _ => day,
            },
            TimeSpan.Zero);
    }

    private static DateTimeOffset Next(DateTimeOffset at, OverviewGranularity granularity) => granularity switch
    {
        OverviewGranularity.Hour => at.AddHours(1),
        OverviewGranularity.Week => at.AddDays(7),
        _ => at.AddDays(1),
    };
}

/// <param name="PreviousFrom">Where the span before begins; it ends where this one begins.</param>
public sealed record OverviewReport(
    OverviewQuery Query, OverviewNumbers Numbers, DateTimeOffset PreviousFrom, OverviewNumbers Previous, ImmutableArray<OverviewPoint> Series,
    ImmutableArray<OverviewGroupReport> Groups);

public sealed record OverviewPoint(DateTimeOffset At, OverviewNumbers Numbers);

/// <param name="Numbers">Null for a code.</param>
/// <param name="Count">Of a code.</param>
public sealed record OverviewGroupReport(string Key, string? Name, OverviewNumbers? Numbers, long? Count);

/// <summary>The sums of some runs; see <see cref="RunSummary"/> for how the stages add up.</summary>
public sealed record OverviewNumbers
{
    public required long Runs { get; init; }

    public required ImmutableSortedDictionary<string, long> Statuses { get; init; }

    public required OverviewStages Stages { get; init; }

    public required ImmutableArray<RunError> Reasons { get; init; }

    /// <summary>Why members were taken off.</summary>
    public required RemovalReasons RemovalReasons { get; init; }

    public required long Requests { get; init; }

    public required LatencyHistogram Latency { get; init; }

    public static OverviewNumbers Of(IEnumerable<RunSummary> source)
    {
        var runs = source.ToList();
        return new()
        {
            Runs = runs.Count,
            Statuses = runs.CountBy(run => run.Status).ToImmutableSortedDictionary(pair => RunNames.Of(pair.Key), pair => (long)pair.Value, StringComparer.Ordinal),
            Stages = new(
                runs.Sum(run => run.Funnel.Members), runs.Sum(run => run.Funnel.ConsentBlocked), runs.Sum(run => run.Funnel.Suppressed),
                runs.Sum(run => run.Funnel.Holdout), runs.Sum(run => run.Funnel.MissingIdentifier), runs.Sum(run => run.Funnel.Deliverable),
                runs.Sum(run => run.Leavers), runs.Sum(run => run.Unchanged), runs.Sum(run => run.Unplanned), runs.Sum(run => run.Planned),
                runs.Sum(run => run.Delivered), runs.Sum(run => run.Rejected), runs.Sum(run => run.CarriedOver)),
            Reasons =
            [
                .. runs.SelectMany(run => run.Reasons).GroupBy(reason => reason.Code)
                    .Select(group => new RunError(group.Key, null, group.Sum(reason => reason.Count), group.Any(reason => reason.Retryable)))
                    .OrderByDescending(reason => reason.Count).ThenBy(reason => reason.Code, StringComparer.Ordinal),
            ],
            RemovalReasons = runs.Aggregate(default(RemovalReasons), (sum, run) => sum + run.RemovalReasons),
            Requests = runs.Sum(run => run.Requests),
            Latency = runs.Aggregate(LatencyHistogram.Empty, (sum, run) => sum + run.Latency),
        };
    }
}

/// <summary>Members of runs, stage by stage.</summary>
public sealed record OverviewStages(
    long Members, long ConsentBlocked, long Suppressed, long Holdout, long MissingIdentifier, long Deliverable, long Leavers, long Unchanged, long Unplanned,
    long Planned, long Delivered, long Rejected, long CarriedOver);
