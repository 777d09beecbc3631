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

    /// <summary>Writes a row's text as UTF-8 without decoding it.</summary>
    /// <param name="target">Large enough.</param>
    /// <returns>Its length in bytes; −1 when the row has no text.</returns>
    /// <exception cref="DamagedPageException"/>
    internal int CopyText(int row, Span<byte> target)
    {
        foreach (var column in _columns)
        {
            if (column.Values is TextValues values && column.IndexOf(row) is >= 0 and var index)
            {
                return values.Texts.CopyTo(index, target);
            }
        }

        return -1;
    }

    /// <summary>A row's text as UTF-8 without decoding it; valid until the next text is asked for on this thread.</summary>
    /// <returns>False when the row has no text.</returns>
    /// <exception cref="DamagedPageException"/>
    internal bool TextAt(int row, out ReadOnlySpan<byte> text)
    {
        foreach (var column in _columns)
        {
            if (column.Values is TextValues values && column.IndexOf(row) is >= 0 and var index)
            {
                text = values.Texts.Bytes(index);
                return true;
            }
        }

        text = default;
        return false;
    }

    /// <summary>A row's bytes without copying them; valid as long as the page.</summary>
    /// <exception cref="InvalidOperationException">The row has none.</exception>
    internal ReadOnlySpan<byte> BytesAt(int row)
    {
        foreach (var column in _columns)
        {
            if (column.Values is BytesValues values && column.IndexOf(row) is >= 0 and var index)
            {
                return values.At(index);
            }
        }

        throw new InvalidOperationException($"Row {row} has no bytes.");
    }

    /// <summary>A row's decimal without boxing it.</summary>
    /// <exception cref="InvalidOperationException">The row has none.</exception>
    internal decimal DecimalAt(int row)
    {
        foreach (var column in _columns)
        {
            if (column.Values is DecimalValues values && column.IndexOf(row) is >= 0 and var index)
            {
                return values.At(index);
            }
        }

        throw new InvalidOperationException($"Row {row} has no decimal.");
    }

    /// <summary>A row's integer, UTC ticks or number of a day.</summary>
    /// <exception cref="InvalidOperationException">The row has none.</exception>
    internal long IntegerAt(int row)
    {
        foreach (var column in _columns)
        {
            if (column.Values is IntegerValues values && column.IndexOf(row) is >= 0 and var index)
            {
                return values.At(index);
            }
        }

        throw new InvalidOperationException($"Row {row} has no integer.");
    }
}
