using System.Buffers;
using AudienceSync.Segments;
using AudienceSync.Values;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Segments: one partition, a row by id each and a row by key that holds the key for it.</summary>
internal sealed class SegmentTable(TableClient table) : DocumentTable<Segment>(table, SegmentsJson.Default.Segment), ISegmentStore
{
    private const string Partition = "segments";
    private const string IdPrefix = "seg_";
    private static readonly SearchValues<char> IdLetters = SearchValues.Create("0123456789ABCDEFGHJKMNPQRSTVWXYZ");

    protected override Segment WithETag(Segment value, string etag) => value with { ETag = etag };

    public async Task<Segment?> GetAsync(string id, CancellationToken cancellationToken) =>
        IsId(id) ? await ReadAsync(Partition, id, cancellationToken) : null;

    public Task<ListPage<Segment>> ListAsync(PageRequest page, CancellationToken cancellationToken) =>
        ListPageAsync(Partition, IdPrefix, page, filter: null, cancellationToken);

    public Task<Segment?> TryCreateAsync(Segment segment, CancellationToken cancellationToken) =>
        InsertUniqueAsync(Partition, segment.Id, KeyRow(segment.Key), segment, cancellationToken);

    public Task<Segment?> TryReplaceAsync(Segment segment, CancellationToken cancellationToken) =>
        ReplaceAsync(Partition, segment.Id, segment, segment.ETag, cancellationToken);

    public Task<bool> TryDeleteAsync(Segment segment, CancellationToken cancellationToken) =>
        RemoveAsync(Partition, segment.Id, segment.ETag, cancellationToken, KeyRow(segment.Key));

    /// <summary>Ids come from callers: what is none of ours never becomes a row key.</summary>
    private static bool IsId(string id) =>
        id.StartsWith(IdPrefix, StringComparison.Ordinal) && id.AsSpan(IdPrefix.Length).ContainsAnyExcept(IdLetters) is false;

    private static string KeyRow(string key) => $"key-{key}";
}
