namespace AudienceSync.Pages;

/// <summary>One side of a merge join: a cursor over rows that holds one page, or those merged with it, disposes of those behind it, and checks that keys ascend.</summary>
internal sealed class MergeSide(IAsyncEnumerable<ISortedRows> pages, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<ISortedRows> _pages = pages.GetAsyncEnumerator(cancellationToken);
    private readonly List<ISortedRows> _behind = [];
    private ISortedRows? _page;

    public bool HasRow => _page is not null;

    public ISortedRows Page => _page!;

    /// <summary>The row at hand, of <see cref="Page"/>.</summary>
    public int Index { get; set; }

    public ulong Key => Page.Keys[Index];

    /// <summary>Goes on to the next page when the rows of this one are used up.</summary>
    public ValueTask EnsureRowAsync() => _page is not null && Index < _page.Count ? ValueTask.CompletedTask : NextPageAsync();

    /// <summary>All rows of the key at hand, from as many pages as hold it; moves behind them. Their pages stay open until <see cref="CloseBehind"/>.</summary>
    public async ValueTask<List<RowRef>> TakeKeyAsync()
    {
        var key = Key;
        var rows = new List<RowRef>();
        while (HasRow && Key == key)
        {
            rows.Add(Page[Index++]);
            await EnsureRowAsync();
        }

        return rows;
    }

    /// <summary>Disposes of the pages that were left behind: nobody reads their rows any more.</summary>
    public void CloseBehind()
    {
        foreach (var page in _behind)
        {
            page.Dispose();
        }

        _behind.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        CloseBehind();
        _page?.Dispose();
        await _pages.DisposeAsync();
    }

    private async ValueTask NextPageAsync()
    {
        cancellationToken.ThrowIfCancellationRequested();
        var before = _page;
        _page = await _pages.MoveNextAsync() ? _pages.Current : null;
        Index = 0;
        if (before is null)
        {
            return;
        }

        _behind.Add(before);
        if (_page is not null && _page.Range.First < before.Range.Last)
        {
            throw DamagedPageException.Of(_page.Name, $"is out of order: its keys begin below the last of page {before.Name}");
        }
    }
}
