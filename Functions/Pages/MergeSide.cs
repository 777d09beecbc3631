namespace AudienceSync.Pages;

/// <summary>One side of a merge join: a cursor over rows that holds one page, and checks that keys ascend.</summary>
internal sealed class MergeSide(IAsyncEnumerable<PageReader> pages, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<PageReader> _pages = pages.GetAsyncEnumerator(cancellationToken);
    private PageReader? _page;
    private int _index;

    public bool HasRow => _page is not null;

    public RowRef Row => new(_page!, _index);

    public ulong Key => _page!.Keys[_index];

    public ulong RowHash => _page!.RowHashes[_index];

    /// <summary>The next row of the page has another key; false also where only the next page can tell.</summary>
    public bool IsSurelySingle => _index + 1 < _page!.Count && _page.Keys[_index + 1] != _page.Keys[_index];

    public ValueTask StartAsync() => NextPageAsync();

    public ValueTask MoveAsync() => ++_index < _page!.Count ? ValueTask.CompletedTask : NextPageAsync();

    /// <summary>All rows of the key at hand, from as many pages as hold it; moves behind them.</summary>
    public async ValueTask<List<RowRef>> TakeKeyAsync()
    {
        var key = Key;
        var rows = new List<RowRef>();
        while (HasRow && Key == key)
        {
            rows.Add(Row);
            await MoveAsync();
        }

        return rows;
    }

    public ValueTask DisposeAsync() => _pages.DisposeAsync();

    private async ValueTask NextPageAsync()
    {
        cancellationToken.ThrowIfCancellationRequested();
        var before = _page;
        _page = await _pages.MoveNextAsync() ? _pages.Current : null;
        _index = 0;
        if (before is not null && _page is not null && _page.Range.First < before.Range.Last)
        {
            throw DamagedPageException.Of(_page.Name, $"is out of order: its keys begin below the last of page {before.Name}");
        }
    }
}
