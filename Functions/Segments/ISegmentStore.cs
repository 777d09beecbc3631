using System.Collections.Immutable;

namespace AudienceSync.Segments;

/// <summary>Keeps segments. Every returned segment carries its current ETag.</summary>
public interface ISegmentStore
{
    Task<Segment?> GetAsync(string id, CancellationToken cancellationToken);

    Task<Segment?> FindByKeyAsync(string key, CancellationToken cancellationToken);

    /// <param name="after">Id of the last segment before this page; null for the first. Sorted by id, so by age.</param>
    Task<SegmentPage> ListAsync(int limit, string? after, CancellationToken cancellationToken);

    /// <summary>Null when the key is taken.</summary>
    Task<Segment?> TryCreateAsync(Segment segment, CancellationToken cancellationToken);

    /// <summary>Replaces the version that <see cref="Segment.ETag"/> names; null when that is not the current one.</summary>
    Task<Segment?> TryReplaceAsync(Segment segment, CancellationToken cancellationToken);

    /// <summary>Deletes the version that <see cref="Segment.ETag"/> names; false when that is not the current one.</summary>
    Task<bool> TryDeleteAsync(Segment segment, CancellationToken cancellationToken);
}

/// <param name="Next">Id to go on after; null on the last page.</param>
public sealed record SegmentPage(ImmutableArray<Segment> Items, string? Next);
