using AudienceSync.Faults;
using AudienceSync.Segments;

namespace AudienceSync.Journeys;

/// <summary>Which segments may bring their members into a step: shared ones.</summary>
internal static class EntrySegment
{
    public static async Task CheckAsync(SegmentService segments, string segmentId, string pointer, List<Fault> faults, CancellationToken cancellationToken)
    {
        switch (await segments.FindAsync(segmentId, cancellationToken))
        {
            case null:
                faults.Add(new(pointer, "unknown_segment", $"There is no segment '{segmentId}'."));
                break;
            case { Visibility: SegmentVisibility.Private } segment:
                faults.Add(new(pointer, "segment_private", $"The segment '{segment.Name}' is private. Share it first: PATCH its visibility to \"shared\"."));
                break;
        }
    }
}
