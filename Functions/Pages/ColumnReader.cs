using System.Collections.Immutable;
using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>The cells of one name in one page. Values are decoded as they are asked for; several threads may ask.</summary>
public sealed class ColumnReader
{
    private readonly ImmutableArray<StoredColumn> _columns;

    /// <param name="columns">A column for each type that the name has in the page.</param>
    internal ColumnReader(ImmutableArray<StoredColumn> columns) => _columns = columns;

    /// <summary>A column for each type that the name has.</summary>
    internal ImmutableArray<StoredColumn> Columns => _columns;

    /// <summary>The cell of a row; absent when the row has none.</summary>
    /// <exception cref="DamagedPageException"/>
    public Cell this[int row]
    {
        get
        {
            foreach (var column in _columns)
            {
                if (column[row] is { IsAbsent: false } cell)
                {
                    return cell;
                }
            }

            return default;
        }
    }
}
