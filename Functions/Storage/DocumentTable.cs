using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using AudienceSync.Values;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Records of one kind in one table, a row each, with ETags; base of the stores that other folders ask for.</summary>
/// <remarks>Row keys are made of our own ids and slugs only; text of users goes through <see cref="TableKeys.Escape"/> first.</remarks>
internal abstract class DocumentTable<T>(TableClient table, JsonTypeInfo<T> json)
    where T : class
{
    protected TableClient Table { get; } = table;

    /// <summary>The record with the ETag it was read or written under (as HTTP spells it).</summary>
    protected abstract T WithETag(T value, string etag);

    protected async Task<T?> ReadAsync(string partition, string row, CancellationToken cancellationToken)
    {
        var answer = await Table.GetEntityIfExistsAsync<TableEntity>(partition, row, cancellationToken: cancellationToken);
        return answer.HasValue ? FromEntity(answer.Value!) : null;
    }

    /// <summary>Null when the row exists already.</summary>
    protected async Task<T?> InsertAsync(string partition, string row, T value, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await Table.AddEntityAsync(DocumentEntity.Write(partition, row, value, json), cancellationToken);
            return WithETag(value, ETags.ToHttp(answer.Headers.ETag!.Value));
        }
        catch (RequestFailedException e) when (e.Status is 409 && e.ErrorCode == "EntityAlreadyExists")
        {
            return null;
        }
    }

    /// <summary>Inserts the record together with a row that holds <paramref name="uniqueRow"/>; null when either exists.</summary>
    protected async Task<T?> InsertUniqueAsync(string partition, string row, string uniqueRow, T value, CancellationToken cancellationToken)
    {
        var holder = new TableEntity(partition, uniqueRow) { ["Row"] = row };
        try
        {
            var answer = await Table.SubmitTransactionAsync(
                [
                    new(TableTransactionActionType.Add, DocumentEntity.Write(partition, row, value, json)),
                    new(TableTransactionActionType.Add, holder),
                ],
                cancellationToken);
            return WithETag(value, ETags.ToHttp(answer.Value[0].Headers.ETag!.Value));
        }
        catch (RequestFailedException e) when (e.Status is 409)
        {
            return null;
        }
    }

    /// <summary>The row key that a unique row points to.</summary>
    protected async Task<string?> ReadUniqueAsync(string partition, string uniqueRow, CancellationToken cancellationToken)
    {
        var answer = await Table.GetEntityIfExistsAsync<TableEntity>(partition, uniqueRow, cancellationToken: cancellationToken);
        return answer.HasValue ? answer.Value!.GetString("Row") : null;
    }

    /// <summary>Null when the row is gone or has another ETag.</summary>
    /// <param name="etag">As HTTP spells it; <c>*</c> for any.</param>
    protected async Task<T?> ReplaceAsync(string partition, string row, T value, string etag, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await Table.UpdateEntityAsync(
                DocumentEntity.Write(partition, row, value, json), ETags.FromHttp(etag), TableUpdateMode.Replace, cancellationToken);
            return WithETag(value, ETags.ToHttp(answer.Headers.ETag!.Value));
        }
        catch (RequestFailedException e) when (e.Status is 404 or 412)
        {
            return null;
        }
    }

    /// <summary>Writes the row whatever was there.</summary>
    protected async Task<T> UpsertAsync(string partition, string row, T value, CancellationToken cancellationToken)
    {
        var answer = await Table.UpsertEntityAsync(DocumentEntity.Write(partition, row, value, json), TableUpdateMode.Replace, cancellationToken);
        return WithETag(value, ETags.ToHttp(answer.Headers.ETag!.Value));
    }

    /// <summary>False when the row has another ETag; true when it is gone, now or before.</summary>
    protected async Task<bool> RemoveAsync(string partition, string row, string etag, CancellationToken cancellationToken, string? uniqueRow = null)
    {
        try
        {
            if (uniqueRow is null)
            {
                await Table.DeleteEntityAsync(partition, row, ETags.FromHttp(etag), cancellationToken);
            }
            else
            {
                await Table.SubmitTransactionAsync(
                    [
                        new(TableTransactionActionType.Delete, new TableEntity(partition, row), ETags.FromHttp(etag)),
                        new(TableTransactionActionType.Delete, new TableEntity(partition, uniqueRow), ETag.All),
                    ],
                    cancellationToken);
            }

            return true;
        }
        catch (RequestFailedException e) when (e.Status is 404)
        {
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 412)
        {
            return false;
        }
    }

    /// <summary>The records of a partition whose row key starts with <paramref name="prefix"/>, in the order of row keys.</summary>
    /// <param name="after">Only rows behind this row key.</param>
    protected async IAsyncEnumerable<(string Row, T Value)> ListAsync(
        string partition, string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {partition} and RowKey gt {after ?? prefix} and RowKey lt {TableKeys.PrefixEnd(prefix)}");
        await foreach (var entity in Table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            yield return (entity.RowKey, FromEntity(entity));
        }
    }

    /// <summary>A page of such records; the cursor is the row key of the last.</summary>
    protected async Task<ListPage<T>> ListPageAsync(
        string partition, string prefix, PageRequest page, Func<T, bool>? filter, CancellationToken cancellationToken)
    {
        List<T> items = [];
        string? last = null;
        await foreach (var (row, value) in ListAsync(partition, prefix, page.After, cancellationToken))
        {
            if (filter is not null && !filter(value))
            {
                continue;
            }

            if (items.Count == page.Limit)
            {
                return new(items, last);
            }

            items.Add(value);
            last = row;
        }

        return new(items, null);
    }

    protected T FromEntity(TableEntity entity) => WithETag(DocumentEntity.Read(entity, json), ETags.ToHttp(entity.ETag));
}

/// <summary>Row and partition keys.</summary>
internal static class TableKeys
{
    /// <summary>The first text behind every text that starts with <paramref name="prefix"/>.</summary>
    public static string PrefixEnd(string prefix) => prefix[..^1] + (char)(prefix[^1] + 1);

    /// <summary>Whether the text may be one of our ids: what is none is looked up nowhere, for it may hold what a key must not.</summary>
    public static bool IsId(string text, string prefix) =>
        text.Length <= 64 && text.StartsWith(prefix, StringComparison.Ordinal) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-');

    /// <summary>Any text as a key: letters and digits stay, all else becomes <c>_xxxx</c> (UTF-16, hex).</summary>
    public static string Escape(string text) => string.Concat(
        text.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' ? letter.ToString() : $"_{(int)letter:x4}"));
}
