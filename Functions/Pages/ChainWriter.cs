using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Writes a stream of sorted rows into a new chain: seals pages as they fill, sends them off in groups.</summary>
/// <remarks>Rows come in order of (key, id); after <see cref="EndPageAsync"/> a new order may begin. Not thread-safe.</remarks>
/// <param name="chain">Id of the chain, made by <see cref="Ids.NewId"/> with prefix <c>pg</c>.</param>
/// <param name="maxRows">Most rows a page.</param>
public sealed class ChainWriter(IPageStore store, string chain, int maxRows = 10_000)
{
    private readonly PageBuilder _builder = PageBuilder.Rent(maxRows);
    private readonly PageGroup _group = new();
    private Task _sending = Task.CompletedTask;
    private bool _isComplete;
    private ulong _lastKey;

    public string Chain => chain;

    /// <summary>Is shown each page before it is sent; its memory is the writer's.</summary>
    public Action<PackedPage>? OnSealed { get; init; }

    /// <summary>Rows appended so far.</summary>
    public long RowCount { get; private set; }

    /// <summary>Pages sealed so far.</summary>
    public int PageCount { get; private set; }

    /// <exception cref="ArgumentException">As <see cref="PageBuilder.TryAppend(ulong, ulong, Row)"/>.</exception>
    public async Task AppendAsync(ulong key, ulong rowHash, Row row, CancellationToken cancellationToken)
    {
        EnsureOrder(key);
        if (!_builder.TryAppend(key, rowHash, row))
        {
            await SealAsync(cancellationToken);
            if (!_builder.TryAppend(key, rowHash, row))
            {
                throw new InvalidOperationException("An empty page did not take a row.");
            }
        }

        _lastKey = key;
        RowCount++;
    }

    /// <summary>Appends rows of a stored page, their cells copied as they are.</summary>
    /// <param name="source">The columns to copy, from one page.</param>
    /// <param name="rows">Places in that page, ascending.</param>
    /// <param name="page">The page.</param>
    /// <param name="rowHashes">For each of <paramref name="rows"/>.</param>
    /// <exception cref="ArgumentException">A key is below the one before.</exception>
    internal async ValueTask CopyAsync(
        CopiedColumn[] source, ReadOnlyMemory<int> rows, PageReader page, ReadOnlyMemory<ulong> rowHashes, CancellationToken cancellationToken)
    {
        while (!rows.IsEmpty)
        {
            EnsureOrder(page.Keys[rows.Span[0]]);
            var taken = _builder.Append(source, rows.Span, page.Keys, rowHashes.Span);
            (RowCount, _lastKey) = (RowCount + taken, _builder.LastKey);
            if (taken < rows.Length)
            {
                await SealAsync(cancellationToken);
            }

            (rows, rowHashes) = (rows[taken..], rowHashes[taken..]);
        }
    }

    /// <summary>Appends rows that are in order, whatever pages they are in, their cells copied as they are.</summary>
    /// <exception cref="ArgumentException">A key is below the one before.</exception>
    internal async ValueTask CopyAsync(ISortedRows rows, CancellationToken cancellationToken)
    {
        var columns = new SortedColumns(rows.Pages);
        for (var next = 0; next < rows.Count;)
        {
            EnsureOrder(rows.Keys[next]);
            var taken = _builder.Append(rows, columns, next);
            next += taken;
            (RowCount, _lastKey) = (RowCount + taken, _builder.LastKey);
            if (next < rows.Count)
            {
                await SealAsync(cancellationToken);
            }
        }
    }

    /// <summary>Ends the page at hand although it is not full: the next row opens a new one, and its key may be any.</summary>
    public async Task EndPageAsync(CancellationToken cancellationToken)
    {
        if (_builder.RowCount > 0)
        {
            await SealAsync(cancellationToken);
        }

        _lastKey = 0;
    }

    /// <summary>Seals and writes what is left. Null when no row was written (then there is no chain).</summary>
    public async Task<string?> CompleteAsync(CancellationToken cancellationToken)
    {
        if (_isComplete)
        {
            throw new InvalidOperationException($"The chain {chain} is complete already.");
        }

        await EndPageAsync(cancellationToken);
        await SendAsync(cancellationToken);
        await _sending;
        _isComplete = true;
        _builder.Return();
        return PageCount == 0 ? null : chain;
    }

    private void EnsureOrder(ulong key)
    {
        if (_isComplete)
        {
            // Its builder may serve another chain by now.
            throw new InvalidOperationException($"The chain {chain} is complete: it takes no more rows.");
        }

        if (key < _lastKey)
        {
            throw new ArgumentException($"The key {key:x16} is below the one before, {_lastKey:x16}. Rows come in order of their keys.", nameof(key));
        }
    }

    private async Task SealAsync(CancellationToken cancellationToken)
    {
        foreach (var page in _builder.Seal(PageCount))
        {
            PageCount++;
            OnSealed?.Invoke(page);
            if (!_group.HasRoomFor(page))
            {
                await SendAsync(cancellationToken);
            }

            _group.Add(page);
        }
    }

    /// <summary>Sends the group at hand off, after the one before has arrived: one is written while the next is filled.</summary>
    private async Task SendAsync(CancellationToken cancellationToken)
    {
        await _sending;
        if (!_group.IsEmpty)
        {
            _sending = _group.WriteAsync(store, chain, cancellationToken);
        }
    }
}
