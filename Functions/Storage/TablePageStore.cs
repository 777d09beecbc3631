using System.Runtime.CompilerServices;
using AudienceSync.Ids;
using AudienceSync.Pages;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Pages as rows of a table, a partition for each chain (see <see cref="PageEntity"/>).</summary>
/// <param name="table">It exists already.</param>
internal sealed class TablePageStore(TableClient table) : IPageStore
{
    /// <summary>The service takes 100 actions and 4 MiB a transaction, as base64 inside JSON: four of the largest pages, with room for names and frames.</summary>
    private const int MaxActions = 100;
    private const int MaxTransactionBytes = 4_000_000;
    private const int FrameBytes = 4_096;

    // An answer is held in memory whole, as text and as bytes: about 2 MB a page.
    private const int WholePagesPerAnswer = 1;
    private const int KeysPerAnswer = 20;

    private const string ChainPrefix = "pg_";
    private const int UlidTimeLetters = 10;

    private static readonly string[] KeyProperties = ["PartitionKey", "RowKey"];

    public async Task WriteAsync(string chain, IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken)
    {
        var actions = new List<TableTransactionAction>();
        var bytes = 0;
        foreach (var page in pages)
        {
            var pageBytes = (page.Size / 3 * 4) + FrameBytes;
            if (actions.Count == MaxActions || (actions.Count > 0 && bytes + pageBytes > MaxTransactionBytes))
            {
                await table.SubmitTransactionAsync(actions, cancellationToken);
                actions.Clear();
                bytes = 0;
            }

            actions.Add(new(TableTransactionActionType.UpsertReplace, PageEntity.Write(chain, page)));
            bytes += pageBytes;
        }

        if (actions.Count > 0)
        {
            await table.SubmitTransactionAsync(actions, cancellationToken);
        }
    }

    public IAsyncEnumerable<PageReader> ReadAsync(string chain, KeyRange range, PageParts parts, CancellationToken cancellationToken) =>
        ReadAhead.OfAsync(ReadAnswersAsync(chain, range, parts, cancellationToken), WholePagesPerAnswer, cancellationToken);

    private async IAsyncEnumerable<PageReader> ReadAnswersAsync(
        string chain, KeyRange range, PageParts parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = range == KeyRange.All
            ? TableClient.CreateQueryFilter($"PartitionKey eq {chain}")
            : TableClient.CreateQueryFilter(
                $"PartitionKey eq {chain} and FirstKey le {PageEntity.KeyText(range.Last)} and LastKey ge {PageEntity.KeyText(range.First)}");
        var sequence = new PageSequence(chain, range);
        var isEmpty = true;
        var rows = table.QueryAsync<TableEntity>(
            filter, parts is PageParts.Whole ? WholePagesPerAnswer : KeysPerAnswer, PageEntity.PropertiesOf(parts), cancellationToken);
        await foreach (var row in rows)
        {
            isEmpty = false;
            yield return sequence.Open(PageEntity.Read(row), parts);
        }

        if (isEmpty && (range == KeyRange.All || !await HasPagesAsync(chain, cancellationToken)))
        {
            throw PageSequence.Missing(chain, 0);
        }
    }

    public async Task<PageReader> ReadPageAsync(string chain, int number, CancellationToken cancellationToken)
    {
        var row = await table.GetEntityIfExistsAsync<TableEntity>(chain, PageEntity.RowKeyOf(number), cancellationToken: cancellationToken);
        return row.HasValue
            ? PageSequence.Open(chain, PageEntity.Read(row.Value!), PageParts.Whole)
            : throw PageSequence.Missing(chain, number);
    }

    public async Task DeleteAsync(string chain, CancellationToken cancellationToken)
    {
        var numbers = new List<string>();
        await foreach (var row in table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {chain}"), select: KeyProperties, cancellationToken: cancellationToken))
        {
            numbers.Add(row.RowKey);
        }

        // From the last to the first: a chain is listed by its first page, so a half-deleted one is found again.
        numbers.Reverse();
        foreach (var group in numbers.Chunk(MaxActions))
        {
            await DeleteAsync(chain, group, cancellationToken);
        }
    }

    public async IAsyncEnumerable<string> ListAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Ids sort by the time they were made: all that are old enough lie in one range of partitions.
        var end = before < DateTimeOffset.UnixEpoch ? ChainPrefix : ChainPrefix + NewId.Ulid(before)[..UlidTimeLetters];
        var filter = TableClient.CreateQueryFilter($"PartitionKey ge {ChainPrefix} and PartitionKey lt {end} and RowKey eq {PageEntity.RowKeyOf(0)}");
        await foreach (var row in table.QueryAsync<TableEntity>(filter, select: KeyProperties, cancellationToken: cancellationToken))
        {
            yield return row.PartitionKey;
        }
    }

    private async Task<bool> HasPagesAsync(string chain, CancellationToken cancellationToken) =>
        (await table.GetEntityIfExistsAsync<TableEntity>(chain, PageEntity.RowKeyOf(0), KeyProperties, cancellationToken)).HasValue;

    private async Task DeleteAsync(string chain, string[] rowKeys, CancellationToken cancellationToken)
    {
        try
        {
            await table.SubmitTransactionAsync(
                rowKeys.Select(rowKey => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(chain, rowKey), ETag.All)), cancellationToken);
        }
        catch (TableTransactionFailedException e) when (e.Status == 404)
        {
            // Someone else deletes the same chain; alone, a row that is gone is no error.
            foreach (var rowKey in rowKeys)
            {
                await table.DeleteEntityAsync(chain, rowKey, ETag.All, cancellationToken);
            }
        }
    }
}
