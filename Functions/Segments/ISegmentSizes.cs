using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace AudienceSync.Segments;

/// <summary>Keeps how many members each segment had when they were last counted: by a run, or by who asked. Apart from segments, so that a count never invalidates an edit.</summary>
public interface ISegmentSizes
{
    Task<SegmentSize?> GetAsync(string segmentId, CancellationToken cancellationToken);

    IAsyncEnumerable<SegmentSize> ListAllAsync(CancellationToken cancellationToken);

    /// <summary>Writes over the version that <see cref="SegmentSize.ETag"/> names (empty: there is none yet); false when that is not the current one.</summary>
    Task<bool> TryWriteAsync(SegmentSize size, CancellationToken cancellationToken);

    /// <summary>Repeatable.</summary>
    Task DeleteAsync(string segmentId, CancellationToken cancellationToken);
}

/// <summary>The last counts of a segment.</summary>
/// <param name="Counts">The last of each day (UTC) on which there was one, the newest last; at most <see cref="MaxCounts"/>.</param>
public sealed record SegmentSize(string SegmentId, ImmutableArray<SegmentCount> Counts)
{
    /// <summary>Ours: enough for a small chart in a list. The whole history is kept of runs.</summary>
    public const int MaxCounts = 14;

    /// <summary>Given by the store, empty for one not stored yet; not part of the document.</summary>
    [JsonIgnore]
    public string ETag { get; init; } = "";

    public SegmentSize With(SegmentCount count) => this with
    {
        Counts = [.. Counts.Where(old => old.At.UtcDateTime.Date < count.At.UtcDateTime.Date).TakeLast(MaxCounts - 1), count],
    };
}

/// <param name="AsOf">The clock of the rules.</param>
/// <param name="At">When the count began: rules that changed later were not counted.</param>
public sealed record SegmentCount(long Size, DateTimeOffset AsOf, DateTimeOffset At);

public static class SegmentSizes
{
    /// <summary>A count is worth few tries: another follows.</summary>
    private const int MaxAttempts = 3;

    extension(ISegmentSizes store)
    {
        /// <summary>Notes a count. When others count at the same time, one of the counts stays.</summary>
        public async Task NoteAsync(string segmentId, SegmentCount count, CancellationToken cancellationToken)
        {
            for (var attempt = 0; attempt < MaxAttempts; attempt++)
            {
                var size = await store.GetAsync(segmentId, cancellationToken) ?? new(segmentId, []);
                if (await store.TryWriteAsync(size.With(count), cancellationToken))
                {
                    return;
                }
            }
        }
    }
}
