using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>The profile ids of a page, compared without decoding them.</summary>
internal readonly struct PageIds
{
    private readonly PageReader _page;
    private readonly StoredColumn? _column;

    public PageIds(PageReader page)
    {
        _page = page;
        _column = page.Find(MergeJoin.IdColumn) is { Columns: [{ Type: CellType.Text } column] } ? column : null;
    }

    /// <exception cref="DamagedPageException">A row has no id.</exception>
    public bool IsSame(int row, PageIds other, int otherRow) =>
        TextsOf(row).IsSame(IndexOf(row), other.TextsOf(otherRow), other.IndexOf(otherRow));

    private StoredTexts TextsOf(int row) => IndexOf(row) < 0 ? throw NoId(row) : ((TextValues)_column!.Values).Texts;

    private int IndexOf(int row) => _column?.IndexOf(row) ?? -1;

    private DamagedPageException NoId(int row) => DamagedPageException.Of(_page.Name, $"cannot be joined: its row {row} has no id");
}
