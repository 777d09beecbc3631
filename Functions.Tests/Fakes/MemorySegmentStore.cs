using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Fakes;

/// <summary>Keeps segments in memory. Thread-safe.</summary>
internal sealed class MemorySegmentStore : ISegmentStore
{
    private readonly SortedDictionary<string, Segment> _segments = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _version;

    /// <summary>Called before each replacement and deletion: the place for a race.</summary>
    public Action? BeforeWrite { get; set; }

    public Task<Segment?> GetAsync(string id, CancellationToken cancellationToken) => Locked(() => _segments.GetValueOrDefault(id));

    public Task<ListPage<Segment>> ListAsync(PageRequest page, CancellationToken cancellationToken) =>
        Locked(() => ListPage.Of(_segments.Values, page, segment => segment.Id));

    public Task<Segment?> TryCreateAsync(Segment segment, CancellationToken cancellationToken) => Locked(() =>
        _segments.Values.Any(other => other.Key == segment.Key) ? null : _segments[segment.Id] = Stamped(segment));

    public Task<Segment?> TryReplaceAsync(Segment segment, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        return Locked(() => IsCurrent(segment) ? _segments[segment.Id] = Stamped(segment) : null);
    }

    public Task<bool> TryDeleteAsync(Segment segment, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        return Locked(() => !_segments.ContainsKey(segment.Id) || (IsCurrent(segment) && _segments.Remove(segment.Id)));
    }

    private bool IsCurrent(Segment segment) => _segments.TryGetValue(segment.Id, out var current) && current.ETag == segment.ETag;

    private Segment Stamped(Segment segment) => segment with { ETag = $"\"{++_version}\"" };

    private Task<T> Locked<T>(Func<T> read)
    {
        lock (_lock)
        {
            return Task.FromResult(read());
        }
    }
}
