using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Writes members into one shard of a new ledger, in order of (key, id). Those that stand in a page already, as most do, are copied column by column and never decoded.</summary>
/// <remarks>Rows of one page that follow each other are copied together: they wait until a row of another page comes, or one that is written anew. Not thread-safe.</remarks>
/// <param name="identifiers">Targets that make up the match key.</param>
internal sealed class LedgerWriter(ChainWriter chain, IReadOnlyCollection<string> identifiers, int mappingVersion) : IDisposable
{
    private readonly HashSet<string> _sentColumns =
    [
        .. identifiers.Select(LedgerColumns.Field), LedgerColumns.Id, LedgerColumns.Payload, LedgerColumns.Cycle, LedgerColumns.Operation, LedgerColumns.RemoteId,
    ];
    private readonly PooledList<int> _rows = new();
    private readonly PooledList<ulong> _hashes = new();
    private PageReader? _page;
    private CopiedColumn[] _columns = [];

    /// <summary>Writes a member anew.</summary>
    public async ValueTask AppendAsync(ulong key, ulong rowHash, LedgerRow member, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        await chain.AppendAsync(key, rowHash, member.Write(), cancellationToken);
    }

    /// <summary>Writes a row of the old ledger as it is.</summary>
    public ValueTask KeepAsync(RowRef member, CancellationToken cancellationToken) => CopyAsync(member, static (page, _) => page.ToCopy(), cancellationToken);

    /// <summary>Writes the row of a batch that was taken by the platform, an add of somebody who was not in the ledger: as <see cref="LedgerTransition.Apply"/> makes it.</summary>
    public ValueTask TakeAsync(RowRef sent, CancellationToken cancellationToken) => CopyAsync(sent, static (page, writer) => writer.ColumnsOfTaken(page), cancellationToken);

    /// <returns>As <see cref="ChainWriter.CompleteAsync"/>.</returns>
    public async Task<string?> CompleteAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        return await chain.CompleteAsync(cancellationToken);
    }

    public void Dispose()
    {
        _rows.Dispose();
        _hashes.Dispose();
    }

    private async ValueTask CopyAsync(RowRef row, Func<PageReader, LedgerWriter, CopiedColumn[]> columnsOf, CancellationToken cancellationToken)
    {
        // A page is of the old ledger or of the plan: what is made of its rows is the same for all of them.
        if (!ReferenceEquals(_page, row.Page))
        {
            await FlushAsync(cancellationToken);
            (_page, _columns) = (row.Page, columnsOf(row.Page, this));
        }

        _rows.Add(row.Index);
        _hashes.Add(row.RowHash);
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_rows.Count > 0)
        {
            await chain.CopyAsync(_columns, _rows.Memory, _page!, _hashes.Memory, cancellationToken);
            _rows.Clear();
            _hashes.Clear();
        }
    }

    private CopiedColumn[] ColumnsOfTaken(PageReader page) =>
    [
        .. page.ToCopy(_sentColumns),
        CopiedColumn.Constant(LedgerColumns.Status, Cell.Of((long)LedgerStatus.Accepted), page),
        CopiedColumn.Constant(LedgerColumns.OnList, Cell.Of(true), page),
        CopiedColumn.Constant(LedgerColumns.Attempts, Cell.Of(0), page),
        CopiedColumn.Constant(LedgerColumns.MappingVersion, Cell.Of((long)mappingVersion), page),
    ];
}
