using System.Collections.Immutable;
using AudienceSync.Segments;

namespace AudienceSync.Fakes;

/// <summary>Uses of segments as a test says them.</summary>
internal sealed class FakeSegmentUsage : ISegmentUsage
{
    private readonly List<SegmentUse> _uses = [];

    public void Feed(string segmentId, string destinationId, bool locks) =>
        _uses.Add(new(segmentId, new("destination", destinationId, $"To {destinationId}", locks)));

    public void Clear() => _uses.Clear();

    public Task<ImmutableArray<SegmentUse>> ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult<ImmutableArray<SegmentUse>>([.. _uses]);
}
