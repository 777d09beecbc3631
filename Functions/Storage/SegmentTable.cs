using System.Text.Json;
using AudienceSync.Segments;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Segments: one partition, so that new rules, the old ones and the draft change in one transaction.</summary>
/// <remarks>Rows: the segment by id, its draft and its former rules (each may be as large as an entity takes) by id with a prefix, and a row by key that holds the key.</remarks>
internal sealed class SegmentTable(TableClient table) : DocumentTable<Segment>(table, SegmentsJson.Default.Segment), ISegmentStore
{
    private const string Partition = "segments";
    private const string IdPrefix = "seg_";
    private const string DraftPrefix = "draft-";
    private const string BaseProperty = "Base";
    private const string UpdatedAtProperty = "UpdatedAt";
    private const string RulesProperty = "R";

    protected override Segment WithETag(Segment value, string etag) => value with { ETag = etag };

    public async Task<Segment?> GetAsync(string id, CancellationToken cancellationToken) =>
        TableKeys.IsId(id, IdPrefix) ? await ReadAsync(Partition, id, cancellationToken) : null;

    public IAsyncEnumerable<Segment> ListAllAsync(CancellationToken cancellationToken) =>
        ListAsync(Partition, IdPrefix, after: null, cancellationToken).Select(row => row.Value);

    public Task<Segment?> TryCreateAsync(Segment segment, CancellationToken cancellationToken) =>
        InsertUniqueAsync(Partition, segment.Id, KeyRow(segment.Key), segment, cancellationToken);

    public Task<Segment?> TryReplaceAsync(Segment segment, CancellationToken cancellationToken) =>
        ReplaceAsync(Partition, segment.Id, segment, segment.ETag, cancellationToken);

    public async Task<Segment?> TryReplaceRulesAsync(Segment segment, RuleNode before, SegmentDraft? published, CancellationToken cancellationToken)
    {
        var former = new TableEntity(Partition, FormerRow(segment.Id));
        DocumentEntity.WriteChunks(former, RulesProperty, RuleWriter.ToUtf8(before));
        List<TableTransactionAction> actions =
        [
            new(TableTransactionActionType.UpdateReplace, DocumentEntity.Write(Partition, segment.Id, segment, SegmentsJson.Default.Segment), ETags.FromHttp(segment.ETag)),
            new(TableTransactionActionType.UpsertReplace, former),
        ];
        if (published is not null)
        {
            actions.Add(new(TableTransactionActionType.Delete, new TableEntity(Partition, DraftRow(segment.Id)), ETags.FromHttp(published.ETag)));
        }

        try
        {
            var answer = await Table.SubmitTransactionAsync(actions, cancellationToken);
            return WithETag(segment, ETags.ToHttp(answer.Value[0].Headers.ETag!.Value));
        }
        catch (RequestFailedException e) when (e.Status is 404 or 412)
        {
            return null;
        }
    }

    public async Task<bool> TryDeleteAsync(Segment segment, CancellationToken cancellationToken)
    {
        if (!await RemoveAsync(Partition, segment.Id, segment.ETag, cancellationToken, KeyRow(segment.Key)))
        {
            return false;
        }

        // Nobody finds these without the segment, and no other segment gets its id.
        await RemoveAsync(Partition, DraftRow(segment.Id), Values.ETags.Any, cancellationToken);
        await RemoveAsync(Partition, FormerRow(segment.Id), Values.ETags.Any, cancellationToken);
        return true;
    }

    public async Task<RuleNode?> GetPreviousRulesAsync(string segmentId, CancellationToken cancellationToken) =>
        TableKeys.IsId(segmentId, IdPrefix)
        && await Table.GetEntityIfExistsAsync<TableEntity>(Partition, FormerRow(segmentId), cancellationToken: cancellationToken) is { HasValue: true, Value: var former }
            ? JsonSerializer.Deserialize(DocumentEntity.ReadChunks(former!, RulesProperty), SegmentsJson.Default.RuleNode)
            : null;

    public async Task<SegmentDraft?> GetDraftAsync(string segmentId, CancellationToken cancellationToken) =>
        TableKeys.IsId(segmentId, IdPrefix)
        && await Table.GetEntityIfExistsAsync<TableEntity>(Partition, DraftRow(segmentId), cancellationToken: cancellationToken) is { HasValue: true, Value: var draft }
            ? DocumentEntity.Read(draft!, SegmentsJson.Default.SegmentDraft) with { ETag = ETags.ToHttp(draft!.ETag) }
            : null;

    public IAsyncEnumerable<SegmentDraftMark> ListDraftsAsync(CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition} and RowKey gt {DraftPrefix} and RowKey lt {TableKeys.PrefixEnd(DraftPrefix)}");
        return Table.QueryAsync<TableEntity>(filter, select: ["PartitionKey", "RowKey", BaseProperty, UpdatedAtProperty], cancellationToken: cancellationToken)
            .Select(draft => new SegmentDraftMark(
                draft.RowKey[DraftPrefix.Length..], draft.GetString(BaseProperty), draft.GetDateTimeOffset(UpdatedAtProperty)!.Value));
    }

    public async Task<SegmentDraft?> TryWriteDraftAsync(SegmentDraft draft, CancellationToken cancellationToken)
    {
        var entity = DocumentEntity.Write(Partition, DraftRow(draft.SegmentId), draft, SegmentsJson.Default.SegmentDraft);
        (entity[BaseProperty], entity[UpdatedAtProperty]) = (draft.BaseETag, draft.UpdatedAt);
        try
        {
            var answer = draft.ETag.Length == 0
                ? await Table.AddEntityAsync(entity, cancellationToken)
                : await Table.UpdateEntityAsync(entity, ETags.FromHttp(draft.ETag), TableUpdateMode.Replace, cancellationToken);
            return draft with { ETag = ETags.ToHttp(answer.Headers.ETag!.Value) };
        }
        catch (RequestFailedException e) when (e.Status is 404 or 409 or 412)
        {
            return null;
        }
    }

    public Task<bool> TryDeleteDraftAsync(SegmentDraft draft, CancellationToken cancellationToken) =>
        RemoveAsync(Partition, DraftRow(draft.SegmentId), draft.ETag, cancellationToken);

    private static string KeyRow(string key) => $"key-{key}";

    private static string DraftRow(string segmentId) => $"{DraftPrefix}{segmentId}";

    private static string FormerRow(string segmentId) => $"former-{segmentId}";
}
