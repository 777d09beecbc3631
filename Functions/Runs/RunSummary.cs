using System.Collections.Immutable;
using AudienceSync.Delivery;
using AudienceSync.Destinations;
using AudienceSync.Snapshots;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>The numbers of a finished run, kept longer than the run itself and read many at a time: what the delivery overview adds up.</summary>
/// <remarks>
/// Three sums hold for each, and so for all of them. In members: <c>Members = ConsentBlocked + Suppressed + Holdout + MissingIdentifier + Deliverable</c>.
/// In rows, of which a deliverable member that no filter leaves out gives one or more (<c>Rows = Deliverable - FilteredAtDestination + Expansion</c>):
/// <c>Rows + Leavers = Unchanged + Unplanned + Planned</c>, and <c>Planned = Delivered + Rejected + CarriedOver</c>.
/// </remarks>
public sealed record RunSummary
{
    public required string RunId { get; init; }

    public required string DestinationId { get; init; }

    /// <summary>The segment that the members come from; null when they come from elsewhere.</summary>
    public string? SegmentId { get; init; }

    /// <summary>The campaign that the members come from; null when they come from elsewhere.</summary>
    public string? CampaignId { get; init; }

    /// <summary>The clock of the rules.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>Connector slug; empty for a run that ended before it knew.</summary>
    public required string Connector { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }

    public required RunStatus Status { get; init; }

    public required Funnel Funnel { get; init; }

    /// <summary>Members who were none at the destination's last run; null when the run ended before it knew.</summary>
    public long? Entered { get; init; }

    /// <summary>Members of the destination's last run who are none any more; null when the run ended before it knew.</summary>
    public long? Left { get; init; }

    /// <summary>Members that the destination holds after the run; null when the run ended before it knew.</summary>
    public long? Accepted { get; init; }

    public required long Unchanged { get; init; }

    /// <summary>Planned operations on rows that are wanted no more: of people who are no members any more, or not under that key.</summary>
    public required long Leavers { get; init; }

    /// <summary>Why leavers were to be removed.</summary>
    public RemovalReasons RemovalReasons { get; init; }

    /// <summary>Rows for which the run ended before it had a plan.</summary>
    public required long Unplanned { get; init; }

    public required long Planned { get; init; }

    public required long Delivered { get; init; }

    public required long Rejected { get; init; }

    public required long CarriedOver { get; init; }

    /// <summary>Rows rejected or carried over, by code; they add up to both, what has no code of its own under <c>other</c>.</summary>
    public required ImmutableArray<RunError> Reasons { get; init; }

    public required long Requests { get; init; }

    /// <summary>How long batches took, each with all its calls.</summary>
    public required LatencyHistogram Latency { get; init; }

    public const string OtherReason = "other";

    /// <param name="run">Finished.</param>
    public static RunSummary Of(Run run)
    {
        var members = run.Spec?.Mode is DestinationMode.RemoveOnly ? run.Planned.Total : run.Planned.Add + run.Planned.Update;
        var left = run.Funnel.Rows - run.Unchanged - members;
        var failed = run.Rejected.Total + run.CarriedOver.Total;
        return new()
        {
            RunId = run.Id,
            DestinationId = run.DestinationId,
            SegmentId = run.Spec?.SegmentId,
            CampaignId = run.Spec?.CampaignId,
            AsOf = run.AsOf,
            Connector = run.Spec?.ConnectorType ?? "",
            StartedAt = run.StartedAt,
            FinishedAt = run.FinishedAt ?? run.TouchedAt,
            Status = run.Status,
            Funnel = run.Funnel,
            Entered = run.Entered,
            Left = run.Left,
            Accepted = run.Accepted,
            Unchanged = run.Unchanged,
            Leavers = run.Planned.Total - members + Math.Max(0, -left),
            RemovalReasons = run.RemovalReasons,
            Unplanned = Math.Max(0, left),
            Planned = run.Planned.Total,
            Delivered = run.Delivered.Total,
            Rejected = run.Rejected.Total,
            CarriedOver = run.Planned.Total - run.Delivered.Total - run.Rejected.Total,
            Reasons = ReasonsOf(run, failed),
            Requests = run.Requests,
            Latency = run.Latency ?? LatencyHistogram.Empty,
        };
    }

    private static ImmutableArray<RunError> ReasonsOf(Run run, long rows)
    {
        var reasons = ImmutableArray.CreateBuilder<RunError>();
        foreach (var error in run.TopErrors.Where(error => error.Count > 0))
        {
            var count = Math.Min(error.Count, rows);
            rows -= count;
            if (count > 0)
            {
                reasons.Add(new(error.Code, Detail: null, count, error.Retryable));
            }
        }

        if (rows > 0)
        {
            reasons.Add(new(OtherReason, null, rows, Retryable: true));
        }

        return reasons.ToImmutable();
    }
}

/// <summary>Keeps summaries of finished runs by the day they finished on.</summary>
public interface IRunSummaries
{
    /// <summary>Repeatable: a run has one summary.</summary>
    Task WriteAsync(RunSummary summary, CancellationToken cancellationToken);

    /// <summary>Of runs that finished in the span, in no order.</summary>
    /// <param name="from">Included.</param>
    /// <param name="to">Excluded.</param>
    IAsyncEnumerable<RunSummary> ReadAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken);

    /// <summary>Of one destination, or of one segment's destinations: runs that know how many members there were; by when they finished, the newest first.</summary>
    /// <param name="ownerId">The destination's or the segment's id.</param>
    /// <param name="from">Included; null for all from the first.</param>
    /// <param name="to">Excluded; null for all to the last.</param>
    Task<ListPage<RunSummary>> ListAsync(string ownerId, DateTimeOffset? from, DateTimeOffset? to, PageRequest page, CancellationToken cancellationToken);

    /// <summary>Deletes whole days that ended before.</summary>
    Task TrimAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
