using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>The columns of pages whose rows are copied in an order of their own, row by row from another page. For one writer.</summary>
internal sealed class SortedColumns
{
    private readonly List<(string Name, CellType Type)> _columns = [];
    private readonly Dictionary<PageReader, StoredColumn?[]> _ofPage = [];
    private (PageReader? Page, StoredColumn?[] Columns) _last = (null, []);

    /// <param name="pages">All pages that rows come from.</param>
    public SortedColumns(IEnumerable<PageReader> pages)
    {
        foreach (var page in pages)
        {
            var stored = page.ToCopy();
            _columns.AddRange(stored.Select(column => (column.Name, column.Source.Type)).Except(_columns).ToList());
            _ofPage.Add(page, [.. _columns.Select(known => stored.FirstOrDefault(column => (column.Name, column.Source.Type) == known)?.Source)]);
        }

        foreach (var (page, columns) in _ofPage.ToList())
        {
            // A page before may lack columns of those behind it.
            _ofPage[page] = [.. columns, .. new StoredColumn?[_columns.Count - columns.Length]];
        }
    }

    /// <summary>Names and types of all pages together.</summary>
    public IReadOnlyList<(string Name, CellType Type)> Columns => _columns;

    /// <summary>No row takes more bytes in the plainest encodings.</summary>
    public long MostBytes => _ofPage.Values.Max(columns => columns.Sum(column => column is null ? 0 : sizeof(int) + (long)column.Values.MostBytes));

    /// <summary>The columns of a page, in the order of <see cref="Columns"/>; null for those that it lacks.</summary>
    public StoredColumn?[] Of(PageReader page)
    {
        if (!ReferenceEquals(_last.Page, page))
        {
            _last = (page, _ofPage[page]);
        }

        return _last.Columns;
    }
}
