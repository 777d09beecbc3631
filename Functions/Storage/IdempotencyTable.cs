using AudienceSync.Http;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Requests under an <c>Idempotency-Key</c>; spread over partitions by the first digits of their hash.</summary>
internal sealed class IdempotencyTable(TableClient table) : IIdempotencyStore
{
    public async Task<IdempotencyRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(PartitionOf(id), id, cancellationToken: cancellationToken);
        return found.HasValue
            ? new()
            {
                Id = id,
                RequestHash = found.Value!.GetString("RequestHash"),
                StartedAt = found.Value.GetDateTimeOffset("StartedAt")!.Value,
                ExpiresAt = found.Value.GetDateTimeOffset("ExpiresAt")!.Value,
                Answer = found.Value.GetBoolean("IsAnswered") is true ? DocumentEntity.ReadChunks(found.Value, "A") : null,
                ETag = found.Value.ETag.ToString(),
            }
            : null;
    }

    public async Task<string?> TryAddAsync(IdempotencyRecord record, CancellationToken cancellationToken)
    {
        try
        {
            return (await table.AddEntityAsync(Write(record), cancellationToken)).Headers.ETag!.Value.ToString();
        }
        catch (RequestFailedException e) when (e.Status is 409)
        {
            return null;
        }
    }

    public async Task<string?> TryReplaceAsync(IdempotencyRecord record, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await table.UpdateEntityAsync(Write(record), new ETag(record.ETag), TableUpdateMode.Replace, cancellationToken);
            return answer.Headers.ETag!.Value.ToString();
        }
        catch (RequestFailedException e) when (e.Status is 404 or 412)
        {
            return null;
        }
    }

    public async Task DeleteAsync(string id, string etag, CancellationToken cancellationToken)
    {
        try
        {
            await table.DeleteEntityAsync(PartitionOf(id), id, new ETag(etag), cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status is 412)
        {
            // Somebody else has it now.
        }
    }

    private static TableEntity Write(IdempotencyRecord record)
    {
        var entity = new TableEntity(PartitionOf(record.Id), record.Id)
        {
            ["RequestHash"] = record.RequestHash,
            ["StartedAt"] = record.StartedAt,
            ["ExpiresAt"] = record.ExpiresAt,
            ["IsAnswered"] = record.Answer is not null,
        };
        DocumentEntity.WriteChunks(entity, "A", record.Answer ?? default);
        return entity;
    }

    private static string PartitionOf(string id) => id[..2];
}
