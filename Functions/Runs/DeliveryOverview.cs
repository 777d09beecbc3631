using System.Collections.Immutable;
using AudienceSync.Delivery;
using AudienceSync.Destinations;
using AudienceSync.Faults;

namespace AudienceSync.Runs;

/// <summary>What is asked of the overview.</summary>
/// <param name="Grid">Runs count by when they finished.</param>
public sealed record OverviewQuery(TimeGrid Grid, OverviewGroup? GroupBy, string? DestinationId);

public enum OverviewGroup
{
    Destination = 1,
    Connector,

    /// <summary>Reasons alone: what has a code was not delivered.</summary>
    Code,

    /// <summary>Runs of campaigns' destinations; others are in none of the groups.</summary>
    Campaign,
}

/// <summary>Adds up what finished runs delivered in a span of time, beside the span before. Dry runs do not count.</summary>
public sealed class DeliveryOverview(IRunSummaries summaries, IDestinationStore destinations)
{
    public static readonly TimeSpan LongestSpan = TimeSpan.FromDays(92);

    public async Task<Result<OverviewReport>> ReadAsync(OverviewQuery query, CancellationToken cancellationToken)
    {
        if (query.Grid.Check(LongestSpan) is { } fault)
        {
            return Refusal.Invalid([fault]);
        }

        var (from, to) = (query.Grid.From, query.Grid.To);
        var span = to - from;
        List<RunSummary> now = [];
        List<RunSummary> before = [];
        await foreach (var summary in summaries.ReadAsync(from - span, to, cancellationToken))
        {
            if (query.DestinationId is null || summary.DestinationId == query.DestinationId)
            {
                (summary.FinishedAt < from ? before : now).Add(summary);
            }
        }

        return new OverviewReport(
            query, OverviewNumbers.Of(now), from - span, OverviewNumbers.Of(before), Series(query.Grid, now), await GroupsAsync(query, now, cancellationToken));
    }

    private static ImmutableArray<OverviewPoint> Series(TimeGrid grid, IReadOnlyList<RunSummary> runs)
    {
        var byPoint = runs.ToLookup(run => grid.PointOf(run.FinishedAt));
        return [.. grid.Points().Select(at => new OverviewPoint(at, OverviewNumbers.Of(byPoint[at])))];
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
            case OverviewGroup.Campaign:
                return [.. runs.Where(run => run.CampaignId is not null).GroupBy(run => run.CampaignId!).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => new OverviewGroupReport(group.Key, null, OverviewNumbers.Of(group), null))];
            case OverviewGroup.Code:
                return [.. OverviewNumbers.Of(runs).Reasons.Select(reason => new OverviewGroupReport(reason.Code, null, null, reason.Count))];
            default:
                return [];
        }
    }
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
                runs.Sum(run => run.Funnel.Filtered), runs.Sum(run => run.Funnel.Rows), runs.Sum(run => run.Funnel.Expansion),
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

/// <summary>Members of runs, stage by stage; from <paramref name="Rows"/> on, the rows that they give.</summary>
public sealed record OverviewStages(
    long Members, long ConsentBlocked, long Suppressed, long Holdout, long MissingIdentifier, long Deliverable, long FilteredAtDestination, long Rows, long Expansion,
    long Leavers, long Unchanged, long Unplanned,
    long Planned, long Delivered, long Rejected, long CarriedOver);
