using System.Runtime.CompilerServices;
using AudienceSync.Erasures;
using AudienceSync.Ids;
using AudienceSync.Pages;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Edits pages in the table that <see cref="TablePageStore"/> writes.</summary>
internal sealed class TablePageEditor(TableClient table) : IPageEditor
{
    private const string ChainPrefix = "pg_";
    private const int UlidTimeLetters = 10;
    private static readonly string[] KeyProperties = ["PartitionKey", "RowKey"];

    public async IAsyncEnumerable<string> ListAsync(string? after, DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var end = ChainPrefix + NewId.Ulid(before)[..UlidTimeLetters];
        var filter = TableClient.CreateQueryFilter($"PartitionKey gt {after ?? ChainPrefix} and PartitionKey lt {end} and RowKey eq {PageEntity.RowKeyOf(0)}");
        await foreach (var row in table.QueryAsync<TableEntity>(filter, select: KeyProperties, cancellationToken: cancellationToken))
        {
            yield return row.PartitionKey;
        }
    }

    public async Task<bool> TryReplaceAsync(string chain, PackedPage page, CancellationToken cancellationToken)
    {
        try
        {
            await table.UpdateEntityAsync(PageEntity.Write(chain, page), ETag.All, TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 404)
        {
            return false;
        }
    }

    public async Task<bool> ExistsAsync(string chain, CancellationToken cancellationToken) =>
        (await table.GetEntityIfExistsAsync<TableEntity>(chain, PageEntity.RowKeyOf(0), KeyProperties, cancellationToken)).HasValue;
}
