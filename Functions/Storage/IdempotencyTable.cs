using AudienceSync.Http;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Requests under an <c>Idempotency-Key</c>; spread over partitions by the first digits of their hash.</summary>
internal sealed class IdempotencyTable(TableClient table) : IIdempotencyStore
{
    private const string People = "People";

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
                Answer = found.Value.GetBoolean("IsAnswered") is true ? DocumentEntity.ReadChunks(found.Value, "A") : default(ReadOnlyMemory<byte>?),
                People = found.Value.GetString(People),
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

    public Task<int> DeleteAboutAsync(IReadOnlyCollection<string> people, CancellationToken cancellationToken) => DeleteAsync(
        TableClient.CreateQueryFilter($"People gt {""}"),
        entity => entity.GetString(People).Split(' ') is var about && (about.Contains(AnswerSubjects.Many) || about.Any(people.Contains)),
        cancellationToken);

    public Task<int> TrimAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        DeleteAsync(TableClient.CreateQueryFilter($"ExpiresAt lt {before}"), static _ => true, cancellationToken);

    private async Task<int> DeleteAsync(string filter, Func<TableEntity, bool> isDoomed, CancellationToken cancellationToken)
    {
        var deleted = 0;
        await foreach (var entity in table.QueryAsync<TableEntity>(filter, select: ["PartitionKey", "RowKey", People], cancellationToken: cancellationToken))
        {
            if (isDoomed(entity))
            {
                await table.DeleteEntityAsync(entity.PartitionKey, entity.RowKey, ETag.All, cancellationToken);
                deleted++;
            }
        }

        return deleted;
    }

    private static TableEntity Write(IdempotencyRecord record)
    {
        var entity = new TableEntity(PartitionOf(record.Id), record.Id)
        {
            ["RequestHash"] = record.RequestHash,
            ["StartedAt"] = record.StartedAt,
            ["ExpiresAt"] = record.ExpiresAt,
            ["IsAnswered"] = record.Answer is not null,
            [People] = record.People,
        };
        DocumentEntity.WriteChunks(entity, "A", record.Answer ?? default);
        return entity;
    }

    private static string PartitionOf(string id) => id[..2];
}
