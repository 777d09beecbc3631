using System.Runtime.CompilerServices;
using AudienceSync.Erasures;
using AudienceSync.Ids;
using AudienceSync.Runs;
using AudienceSync.Values;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Erasures, newest first; beside them a row for each that is open, and how far the worker is.</summary>
internal sealed class ErasureTable(TableClient table) : DocumentTable<Erasure>(table, ErasureDocuments.Default.Erasure), IErasureStore
{
    private const string All = "erasures";
    private const string RowPrefix = "t";
    private const string Open = "open";
    private const string IdPrefix = "ers_";
    private const string Work = "work";
    private const string TurnRow = "turn";
    private const string PurgeRow = "purge";
    private const string Turn = "Turn";
    private const string Key = "Key";
    private const string Person = "Person";

    protected override Erasure WithETag(Erasure value, string etag) => value with { ETag = etag };

    public async Task CreateAsync(IReadOnlyList<Erasure> erasures, CancellationToken cancellationToken)
    {
        foreach (var chunk in erasures.Chunk(TableRows.MaxActions))
        {
            await Table.SubmitTransactionAsync(
                chunk.Select(erasure => new TableTransactionAction(
                    TableTransactionActionType.UpsertReplace,
                    new TableEntity(Open, erasure.Id) { [Key] = unchecked((long)erasure.Key), [Person] = erasure.Person })),
                cancellationToken);
        }

        foreach (var erasure in erasures)
        {
            await InsertAsync(All, RowOf(erasure.Id)!, erasure, cancellationToken);
        }
    }

    public async Task<Erasure?> FindAsync(string id, CancellationToken cancellationToken) =>
        RowOf(id) is { } row ? await ReadAsync(All, row, cancellationToken) : null;

    public async Task<Erasure?> ReplaceAsync(Erasure erasure, CancellationToken cancellationToken)
    {
        var replaced = await ReplaceAsync(All, RowOf(erasure.Id)!, erasure, erasure.ETag, cancellationToken);
        if (replaced?.FinishedAt is not null)
        {
            await Table.DeleteEntityAsync(Open, erasure.Id, ETag.All, cancellationToken);
        }

        return replaced;
    }

    public Task<ListPage<Erasure>> ListAsync(PageRequest page, Func<Erasure, bool>? filter, CancellationToken cancellationToken) =>
        ListPageAsync(All, RowPrefix, page, filter, cancellationToken);

    public async IAsyncEnumerable<Erasure> ListOpenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var id in ListOpenIdsAsync(cancellationToken))
        {
            switch (await FindAsync(id, cancellationToken))
            {
                case { FinishedAt: null } erasure:
                    yield return erasure;
                    break;
                case { } finished:
                    // Whoever finished it was stopped before it could say so here.
                    await Table.DeleteEntityAsync(Open, finished.Id, ETag.All, cancellationToken);
                    break;
                default:
                    // About to be written; or its maker was stopped before that, and had promised nothing.
                    break;
            }
        }
    }

    public IAsyncEnumerable<string> ListOpenIdsAsync(CancellationToken cancellationToken) => Table
        .QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {Open}"), select: ["PartitionKey", "RowKey"], cancellationToken: cancellationToken)
        .Select(entity => entity.RowKey);

    public IAsyncEnumerable<ErasedMember> ListMembersAsync(CancellationToken cancellationToken) =>
        Table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {Open}"), cancellationToken: cancellationToken)
            .Select(entity => new ErasedMember(unchecked((ulong)entity.GetInt64(Key)!.Value), entity.GetString(Person)));

    public async Task<int> ReadTurnAsync(CancellationToken cancellationToken) =>
        await Table.GetEntityIfExistsAsync<TableEntity>(Work, TurnRow, cancellationToken: cancellationToken) is { HasValue: true, Value: var row }
            ? row!.GetInt32(Turn)!.Value
            : 0;

    public async Task<int> NextTurnAsync(int turn, CancellationToken cancellationToken)
    {
        while (true)
        {
            var present = await Table.GetEntityIfExistsAsync<TableEntity>(Work, TurnRow, cancellationToken: cancellationToken);
            var current = present.HasValue ? present.Value!.GetInt32(Turn)!.Value : 0;
            if (current != turn)
            {
                return current;
            }

            var next = new TableEntity(Work, TurnRow) { [Turn] = turn + 1 };
            try
            {
                await (present.HasValue
                    ? Table.UpdateEntityAsync(next, present.Value!.ETag, TableUpdateMode.Replace, cancellationToken)
                    : Table.AddEntityAsync(next, cancellationToken));
                return turn + 1;
            }
            catch (RequestFailedException e) when (e.Status is 404 or 409 or 412)
            {
                // Somebody else ended the turn: look again.
            }
        }
    }

    public async Task<PurgePass?> ReadPurgeAsync(CancellationToken cancellationToken) =>
        await Table.GetEntityIfExistsAsync<TableEntity>(Work, PurgeRow, cancellationToken: cancellationToken) is { HasValue: true, Value: var row }
            ? DocumentEntity.Read(row!, ErasureDocuments.Default.PurgePass)
            : null;

    public async Task WritePurgeAsync(PurgePass? pass, CancellationToken cancellationToken)
    {
        if (pass is null)
        {
            await Table.DeleteEntityAsync(Work, PurgeRow, ETag.All, cancellationToken);
        }
        else
        {
            await Table.UpsertEntityAsync(DocumentEntity.Write(Work, PurgeRow, pass, ErasureDocuments.Default.PurgePass), TableUpdateMode.Replace, cancellationToken);
        }
    }

    /// <summary>Milliseconds counted down, so that the newest comes first; null for what is no id of an erasure.</summary>
    private static string? RowOf(string id) => TableKeys.IsId(id, IdPrefix) && NewId.TimeOf(id) is { } at
        ? $"{RowPrefix}{DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() - at.ToUnixTimeMilliseconds():D16}-{id}"
        : null;
}
