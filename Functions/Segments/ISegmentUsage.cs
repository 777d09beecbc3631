using System.Collections.Immutable;

namespace AudienceSync.Segments;

/// <summary>Knows what is fed by a segment directly. Segments that refer to it are not its business.</summary>
public interface ISegmentUsage
{
    Task<ImmutableArray<SegmentUser>> OfAsync(string segmentId, CancellationToken cancellationToken);
}

/// <param name="Type">What it is: <c>destination</c> or <c>segment</c>.</param>
/// <param name="Locks">It is an enabled auto-sync destination: the rules must not change under it.</param>
public sealed record SegmentUser(string Type, string Id, string Name, bool Locks);
