using AudienceSync.Segments;

namespace AudienceSync.Runs;

/// <summary>What follows once a snapshot is whole: its sums, and the segment's size. Repeatable.</summary>
public sealed class GenerationSeal(RunPlanSummary summary, ISegmentSizes sizes)
{
    /// <returns>The run with the snapshot's numbers, not yet written.</returns>
    public async Task<Run> SealAsync(Run run, CancellationToken cancellationToken)
    {
        var whole = await summary.WithFunnelAsync(run, cancellationToken);
        if (run.Spec?.SegmentId is { } segmentId)
        {
            await sizes.NoteAsync(segmentId, new(whole.Funnel.Members, run.AsOf, run.StartedAt), cancellationToken);
        }

        return whole;
    }
}
