using System.Collections.Immutable;

namespace AudienceSync.Segments;

/// <summary>Knows what is fed by segments directly. Segments that refer to others are not its business.</summary>
public interface ISegmentUsage
{
    /// <summary>Every use there is now.</summary>
    Task<ImmutableArray<SegmentUse>> ReadAsync(CancellationToken cancellationToken);
}

/// <param name="NeedsShared">The members themselves come from the segment, so that it must stay shared; else it is only referred to.</param>
public sealed record SegmentUse(string SegmentId, SegmentUser User, bool NeedsShared = true);

/// <param name="Type">What it is: <c>destination</c>, <c>campaign</c>, <c>journey</c> or <c>segment</c>.</param>
/// <param name="Locks">It is an enabled auto-sync destination, or has one: the rules must not change under it.</param>
public sealed record SegmentUser(string Type, string Id, string Name, bool Locks);
