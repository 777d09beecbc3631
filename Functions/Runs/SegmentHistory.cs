using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>What runs found of a segment, run by run: how many there were, who entered, who left.</summary>
public sealed class SegmentHistory(SegmentService segments, IDestinationStore destinations, IRunSummaries summaries)
{
    /// <summary>Newest first; kept as long as summaries of runs are.</summary>
    /// <param name="from">Included; null for all from the first.</param>
    /// <param name="to">Excluded; null for all to the last.</param>
    public async Task<Result<ListPage<SegmentHistoryEntry>>> ListAsync(
        string segmentId, DateTimeOffset? from, DateTimeOffset? to, PageRequest page, CancellationToken cancellationToken)
    {
        if (await segments.FindAsync(segmentId, cancellationToken) is null)
        {
            return Refusal.NotFound("segment", segmentId);
        }

        if (from >= to)
        {
            return Refusal.Invalid([new("from", "invalid_range", "'from' must be before 'to'.")]);
        }

        var found = await summaries.ListAsync(segmentId, from, to, page, cancellationToken);
        var names = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var id in found.Items.Select(summary => summary.DestinationId).Distinct(StringComparer.Ordinal))
        {
            names.Add(id, (await destinations.GetAsync(id, cancellationToken))?.Name);
        }

        return found.Select(summary => SegmentHistoryEntry.Of(summary, names[summary.DestinationId]));
    }
}

/// <summary>One run of a destination of the segment.</summary>
/// <param name="At">When the run finished.</param>
/// <param name="DestinationName">Null when it is deleted.</param>
/// <param name="Size">Members, deliverable or not.</param>
/// <param name="Entered">Members who were none at the destination's last run; of its first run all.</param>
/// <param name="Left">Members of the destination's last run who are none any more.</param>
/// <param name="Accepted">Members that the destination holds after the run; null when the run ended before it knew.</param>
public sealed record SegmentHistoryEntry(
    DateTimeOffset At, DateTimeOffset? AsOf, string RunId, string DestinationId, string? DestinationName, string Status, long Size, long Entered, long Left, long Deliverable, long? Accepted)
{
    internal static SegmentHistoryEntry Of(RunSummary summary, string? destinationName) => new(
        summary.FinishedAt,
        summary.AsOf,
        summary.RunId,
        summary.DestinationId,
        destinationName,
        RunNames.Of(summary.Status),
        summary.Funnel.Members,
        summary.Entered ?? 0,
        summary.Left ?? 0,
        summary.Funnel.Deliverable,
        summary.Accepted);
}
