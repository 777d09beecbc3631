using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Keeps segments. Every returned segment carries its current ETag.</summary>
public interface ISegmentStore
{
    Task<Segment?> GetAsync(string id, CancellationToken cancellationToken);

    /// <summary>Sorted by id, so by age; the cursor is the id.</summary>
    Task<ListPage<Segment>> ListAsync(PageRequest page, CancellationToken cancellationToken);

    /// <summary>Null when the key is taken.</summary>
    Task<Segment?> TryCreateAsync(Segment segment, CancellationToken cancellationToken);

    /// <summary>Replaces the version that <see cref="Segment.ETag"/> names; null when that is not the current one.</summary>
    Task<Segment?> TryReplaceAsync(Segment segment, CancellationToken cancellationToken);

    /// <summary>Deletes the version that <see cref="Segment.ETag"/> names; false when another one is there, true when there is none, now or before.</summary>
    Task<bool> TryDeleteAsync(Segment segment, CancellationToken cancellationToken);
}
