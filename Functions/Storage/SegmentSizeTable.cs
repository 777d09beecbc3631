using AudienceSync.Segments;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>The last counts of segments: in the segments' table, in a partition of its own.</summary>
internal sealed class SegmentSizeTable(TableClient table) : DocumentTable<SegmentSize>(table, SegmentsJson.Default.SegmentSize), ISegmentSizes
{
    private const string Partition = "sizes";
    private const string IdPrefix = "seg_";

    protected override SegmentSize WithETag(SegmentSize value, string etag) => value with { ETag = etag };

    public Task<SegmentSize?> GetAsync(string segmentId, CancellationToken cancellationToken) => ReadAsync(Partition, segmentId, cancellationToken);

    public IAsyncEnumerable<SegmentSize> ListAllAsync(CancellationToken cancellationToken) =>
        ListAsync(Partition, IdPrefix, after: null, cancellationToken).Select(row => row.Value);

    public async Task<bool> TryWriteAsync(SegmentSize size, CancellationToken cancellationToken) => (size.ETag.Length == 0
        ? await InsertAsync(Partition, size.SegmentId, size, cancellationToken)
        : await ReplaceAsync(Partition, size.SegmentId, size, size.ETag, cancellationToken)) is not null;

    public Task DeleteAsync(string segmentId, CancellationToken cancellationToken) => RemoveAsync(Partition, segmentId, Values.ETags.Any, cancellationToken);
}
