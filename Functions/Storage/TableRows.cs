using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Work on many rows at once.</summary>
internal static class TableRows
{
    /// <summary>Most actions of an entity-group transaction (Table service).</summary>
    public const int MaxActions = 100;

    /// <summary>Deletes every row of a partition; repeatable.</summary>
    public static async Task DeletePartitionAsync(TableClient table, string partition, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition}");
        List<string> rows = [];
        await foreach (var entity in table.QueryAsync<TableEntity>(filter, select: ["RowKey"], cancellationToken: cancellationToken))
        {
            rows.Add(entity.RowKey);
        }

        foreach (var chunk in rows.Chunk(MaxActions))
        {
            await DeleteAsync(table, partition, chunk, cancellationToken);
        }
    }

    /// <summary>Deletes rows of a partition, at most <see cref="MaxActions"/>; repeatable.</summary>
    public static async Task DeleteAsync(TableClient table, string partition, IReadOnlyCollection<string> rows, CancellationToken cancellationToken)
    {
        try
        {
            await table.SubmitTransactionAsync(
                rows.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(partition, row), ETag.All)), cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status is 404)
        {
            // Somebody deletes the same rows: one by one then, a row that is gone is no fault.
            foreach (var row in rows)
            {
                await table.DeleteEntityAsync(partition, row, ETag.All, cancellationToken);
            }
        }
    }
}
