using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>One document in one row that is replaced only by who has read it last.</summary>
internal sealed class FencedDocument<T>(TableClient table, string partition, string row, JsonTypeInfo<T> json)
    where T : class
{
    /// <returns>Nulls when there is no document yet. The ETag is as the table spells it.</returns>
    public async Task<(T? Value, string? ETag)> ReadAsync(CancellationToken cancellationToken)
    {
        var answer = await table.GetEntityIfExistsAsync<TableEntity>(partition, row, cancellationToken: cancellationToken);
        return answer.HasValue ? (DocumentEntity.Read(answer.Value!, json), answer.Value!.ETag.ToString()) : (null, null);
    }

    /// <param name="etag">Of the document read; null to write the first.</param>
    /// <returns>False when the document has changed since. May also be false after a success whose answer was lost and which the client repeated.</returns>
    public async Task<bool> TryReplaceAsync(T value, string? etag, CancellationToken cancellationToken)
    {
        var entity = DocumentEntity.Write(partition, row, value, json);
        try
        {
            _ = etag is null
                ? await table.AddEntityAsync(entity, cancellationToken)
                : await table.UpdateEntityAsync(entity, new ETag(etag), TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 412 || (e.Status is 404 && etag is not null) || (e.Status is 409 && etag is null))
        {
            return false;
        }
    }
}
