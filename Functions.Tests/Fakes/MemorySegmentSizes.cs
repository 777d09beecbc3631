using System.Runtime.CompilerServices;
using AudienceSync.Segments;

namespace AudienceSync.Fakes;

/// <summary>Sizes of segments in memory. Thread-safe.</summary>
internal sealed class MemorySegmentSizes : ISegmentSizes
{
    private readonly SortedDictionary<string, SegmentSize> _sizes = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _version;

    public Task<SegmentSize?> GetAsync(string segmentId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_sizes.GetValueOrDefault(segmentId));
        }
    }

    public async IAsyncEnumerable<SegmentSize> ListAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        List<SegmentSize> all;
        lock (_lock)
        {
            all = [.. _sizes.Values];
        }

        foreach (var size in all)
        {
            yield return size;
        }
    }

    public Task<bool> TryWriteAsync(SegmentSize size, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (size.ETag != (_sizes.GetValueOrDefault(size.SegmentId)?.ETag ?? ""))
            {
                return Task.FromResult(false);
            }

            _sizes[size.SegmentId] = size with { ETag = $"v{++_version}" };
            return Task.FromResult(true);
        }
    }

    public Task DeleteAsync(string segmentId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _sizes.Remove(segmentId);
            return Task.CompletedTask;
        }
    }
}
