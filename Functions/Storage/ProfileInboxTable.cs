using System.Runtime.CompilerServices;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Inbox pages, an entity each, in order of arrival.</summary>
internal sealed class ProfileInboxTable(TableServiceClient tables, ArrivalIds arrivals) : IProfileInbox
{
    private const string Partition = "inbox";

    /// <summary>Most actions of a transaction (Table service).</summary>
    private const int ActionsPerTransaction = 100;

    /// <summary>Bytes of pages that fit one transaction: 4 MiB (Table service) holds four full pages in base64.</summary>
    private const int BytesPerTransaction = 4 * PackedPage.MaxBytes;

    /// <summary>Whole pages asked for at a time: at most some 8 MB.</summary>
    private const int WholePagesPerAnswer = 8;

    private const int KeyPagesPerAnswer = 64;

    private readonly TableClient _table = tables.GetTableClient(TableNames.Inbox);

    public async Task AppendAsync(IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken)
    {
        var actions = new List<TableTransactionAction>();
        var bytes = 0;
        foreach (var page in pages)
        {
            if (actions.Count == ActionsPerTransaction || bytes + page.Size > BytesPerTransaction)
            {
                await SubmitAsync(actions, cancellationToken);
                (actions, bytes) = ([], 0);
            }

            actions.Add(new(TableTransactionActionType.Add, PageEntity.Write(Partition, arrivals.Next(), page)));
            bytes += page.Size;
        }

        await SubmitAsync(actions, cancellationToken);
    }

    public async IAsyncEnumerable<InboxPage> ListAsync(PageParts parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entities = _table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {Partition}"),
            parts is PageParts.Whole ? WholePagesPerAnswer : KeyPagesPerAnswer,
            PageEntity.PropertiesOf(parts),
            cancellationToken);
        await foreach (var entity in entities)
        {
            yield return new(entity.RowKey, Open(entity, parts));
        }
    }

    public async Task<PageReader?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        var answer = await _table.GetEntityIfExistsAsync<TableEntity>(Partition, id, cancellationToken: cancellationToken);
        return answer.HasValue ? Open(answer.Value!, PageParts.Whole) : null;
    }

    /// <remarks>A transaction fails when one of its rows is gone. So those that are there are asked for first, and a rival's deletion in between is met row by row.</remarks>
    public async Task DeleteAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
        {
            return;
        }

        var wanted = ids.ToHashSet(StringComparer.Ordinal);
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {Partition} and RowKey ge {ids.Min(StringComparer.Ordinal)} and RowKey le {ids.Max(StringComparer.Ordinal)}");
        var there = new List<string>();
        await foreach (var entity in _table.QueryAsync<TableEntity>(filter, select: ["RowKey"], cancellationToken: cancellationToken))
        {
            if (wanted.Contains(entity.RowKey))
            {
                there.Add(entity.RowKey);
            }
        }

        foreach (var some in there.Chunk(ActionsPerTransaction))
        {
            try
            {
                await _table.SubmitTransactionAsync(
                    some.Select(id => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(Partition, id), ETag.All)), cancellationToken);
            }
            catch (RequestFailedException e) when (e.Status is 404)
            {
                foreach (var id in some)
                {
                    await _table.DeleteEntityAsync(Partition, id, ETag.All, cancellationToken);
                }
            }
        }
    }

    private async Task SubmitAsync(List<TableTransactionAction> actions, CancellationToken cancellationToken)
    {
        if (actions.Count == 0)
        {
            return;
        }

        try
        {
            await _table.SubmitTransactionAsync(actions, cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status is 409 && e.ErrorCode == "EntityAlreadyExists")
        {
            // The ids are ours and new: only the client's own repetition of an append whose answer was lost can meet them.
        }
    }

    /// <summary>A page of the inbox stands alone: its row says when it arrived, and it has no number in a chain.</summary>
    private static PageReader Open(TableEntity entity, PageParts parts) =>
        PageReader.Open(PageEntity.Read(entity, number: 0), $"{entity.PartitionKey}/{entity.RowKey}", parts);
}
