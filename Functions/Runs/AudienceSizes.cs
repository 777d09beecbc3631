using System.Collections.Immutable;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Series for charts of how large an audience was, made of the summaries of runs: of one destination, or of all that a segment feeds.</summary>
public sealed class AudienceSizes(IRunSummaries summaries, IDestinationStore destinations)
{
    /// <summary>As long as summaries are kept unless a setting says otherwise.</summary>
    public static readonly TimeSpan LongestSpan = TimeSpan.FromDays(400);

    private const int PageSize = 1_000;

    /// <param name="ownerId">The destination's or the segment's id.</param>
    public async Task<Result<AudienceSizeReport>> ReadAsync(TimeGrid grid, string ownerId, CancellationToken cancellationToken)
    {
        if (grid.Check(LongestSpan) is { } fault)
        {
            return Refusal.Invalid([fault]);
        }

        List<RunSummary> runs = [];
        for (var page = new PageRequest(PageSize, After: null); page is not null;)
        {
            var (items, next) = await summaries.ListAsync(ownerId, grid.From, grid.To, page, cancellationToken);
            runs.AddRange(items);
            page = next is null ? null : page with { After = next };
        }

        // Oldest first: of the runs of one point the last says how many there were.
        runs.Reverse();
        var series = ImmutableArray.CreateBuilder<AudienceSeries>();
        foreach (var group in runs.GroupBy(run => run.DestinationId).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            series.Add(new(group.Key, (await destinations.GetAsync(group.Key, cancellationToken))?.Name, Points(grid, group)));
        }

        return new AudienceSizeReport(grid, [.. Points(grid, runs).Select(point => new AudienceSizePoint(point.At, point.Size))], series.DrainToImmutable());
    }

    private static ImmutableArray<AudiencePoint> Points(TimeGrid grid, IEnumerable<RunSummary> runs)
    {
        var byPoint = runs.ToLookup(run => grid.PointOf(run.FinishedAt));
        return
        [
            .. grid.Points().Select(at => byPoint[at].LastOrDefault() is { } last
                ? new AudiencePoint(
                    at, last.Funnel.Members, byPoint[at].Sum(run => run.Entered ?? 0), byPoint[at].Sum(run => run.Left ?? 0),
                    byPoint[at].LastOrDefault(run => run.Accepted is not null)?.Accepted)
                : new AudiencePoint(at, null, 0, 0, null)),
        ];
    }
}

/// <param name="Points">Members, by whichever destination ran last.</param>
public sealed record AudienceSizeReport(TimeGrid Grid, ImmutableArray<AudienceSizePoint> Points, ImmutableArray<AudienceSeries> Destinations);

/// <param name="Size">Null where nothing ran.</param>
public sealed record AudienceSizePoint(DateTimeOffset At, long? Size);

/// <param name="Name">Null when the destination is deleted.</param>
public sealed record AudienceSeries(string DestinationId, string? Name, ImmutableArray<AudiencePoint> Points);

/// <param name="Size">Members at the last run of the point; null where nothing ran.</param>
/// <param name="Accepted">Members that the destination held after it; null where nothing ran that far.</param>
public sealed record AudiencePoint(DateTimeOffset At, long? Size, long Entered, long Left, long? Accepted);
