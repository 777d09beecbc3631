using AudienceSync.Faults;
using AudienceSync.Segments;

namespace AudienceSync.Destinations;

/// <summary>Segments as sources: shared ones alone.</summary>
public sealed class SegmentSource(SegmentService segments) : IMemberSource
{
    public bool Knows(DestinationSource source) => source is DestinationSource.OfSegment;

    public async Task<SourceFacts?> CheckAsync(DestinationSource source, string pointer, ICollection<Fault> faults, CancellationToken cancellationToken)
    {
        var id = ((DestinationSource.OfSegment)source).SegmentId;
        if (await segments.FindAsync(id, cancellationToken) is not { } segment)
        {
            faults.Add(new(pointer, "unknown_segment", $"There is no segment '{id}'."));
            return null;
        }

        if (segment.Visibility is not SegmentVisibility.Shared)
        {
            faults.Add(new(pointer, "segment_private", $"The segment '{segment.Name}' is private. Share it first: PATCH its visibility to \"shared\"."));
        }

        return new(segment.Name, segment.Key, segment.Description);
    }

    public async Task<Result<SourceMembers>> ResolveAsync(DestinationSource source, SegmentResolver segments, CancellationToken cancellationToken) =>
        (await segments.ResolveAsync(((DestinationSource.OfSegment)source).SegmentId, cancellationToken))
            .Match<Result<SourceMembers>>(rules => new SourceMembers(rules), refusal => refusal);
}
