using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>A column of a page under construction: the values, and which rows have one. Its memory is kept from page to page.</summary>
/// <remarks>Stored as: 0 when every row has a value, else 1 and a bit a row; then the values, in the smallest of the encodings of their type.</remarks>
internal abstract class ColumnStage(CellType type)
{
    /// <summary>How presence is stored.</summary>
    public const byte InEveryRow = 0;
    public const byte InSomeRows = 1;

    /// <summary>Most bytes of a column apart from its values: least value, bit widths, padding, names of encodings.</summary>
    public const int MostBytesOfFrame = 96;

    /// <summary>Most rows added at once: few enough that their bytes stay near the processor from column to column.</summary>
    public const int MostRows = 512;

    private readonly RowPresence _presence = new();

    public string Name { get; set; } = "";

    public CellType Type => type;

    /// <summary>Whether rows staged so far have values here.</summary>
    public bool IsEmpty => _presence.Count == 0;

    public static ColumnStage For(CellType type) => type switch
    {
        CellType.Text => new TextStage(),
        CellType.Integer or CellType.DateTime or CellType.Date => new IntegerStage(type),
        CellType.Decimal => new DecimalStage(),
        CellType.Boolean => new BooleanStage(),
        CellType.TextList => new TextListStage(),
        CellType.Bytes => new BytesStage(),
        _ => throw new ArgumentException($"There are no columns of type {type}.", nameof(type)),
    };

    /// <summary>Most bytes that a value adds to a column, whatever its neighbours: those of the plainest encoding, its length in four bytes.</summary>
    public static long MostBytesOf(Cell cell) => cell.Type switch
    {
        CellType.Text => sizeof(int) + (long)PageText.ByteCount(cell.AsText()),
        CellType.Integer or CellType.DateTime or CellType.Date => sizeof(long),
        CellType.Decimal => sizeof(decimal),
        CellType.Boolean => 1,
        CellType.TextList => sizeof(int) + cell.AsTextList().Sum(text => sizeof(int) + (long)PageText.ByteCount(text)),
        CellType.Bytes => sizeof(int) + (long)cell.AsBytes().Length,
        _ => throw new ArgumentException($"There are no columns of type {cell.Type}.", nameof(cell)),
    };

    public void Add(int row, Cell cell)
    {
        _presence.Add(row);
        AddValue(cell);
    }

    /// <summary>Adds a row's value, a text's or bytes.</summary>
    public void Add(int row, ReadOnlySpan<byte> value)
    {
        _presence.Add(row);
        AddValues(new(value, [0, value.Length]));
    }

    /// <summary>Adds values of a stored column of the same type, without decoding them.</summary>
    /// <param name="first">The row that takes the first of them; the next follow it.</param>
    /// <param name="rows">Places in the stored page, ascending; no more than <see cref="MostRows"/>.</param>
    /// <returns>Most bytes that they add, as <see cref="MostBytesOf"/> counts.</returns>
    public long Copy(int first, StoredColumn source, ReadOnlySpan<int> rows)
    {
        if (source.IsInEveryRow)
        {
            _presence.AddRange(first, rows.Length);
            return CopyValues(source.Values, rows);
        }

        Span<int> indexes = stackalloc int[MostRows], present = stackalloc int[MostRows];
        var count = source.Find(rows, present, indexes);
        _presence.Add(first, present[..count]);
        return CopyValues(source.Values, indexes[..count]);
    }

    /// <summary>As <see cref="Copy(int, StoredColumn, ReadOnlySpan{int})"/>, each row from a page of its own.</summary>
    /// <param name="sources">For each row the columns of its page.</param>
    /// <param name="column">The place of this column among them.</param>
    public long Copy(int first, ReadOnlySpan<StoredColumn?[]> sources, int column, ReadOnlySpan<int> rows)
    {
        long bytes = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            if (sources[i][column] is { } source && source.IndexOf(rows[i]) is >= 0 and var index)
            {
                _presence.Add(first + i);
                bytes += CopyValues(source.Values, [index]);
            }
        }

        return bytes;
    }

    /// <summary>Adds the next cell of each of some rows of <see cref="RowBuffer"/>.</summary>
    /// <param name="first">The row that takes the first of them; the next follow it.</param>
    /// <param name="rows">Bytes of rows.</param>
    /// <param name="places">Where the cell of each row stands, then the one behind it; no more than <see cref="MostRows"/>.</param>
    public void Add(int first, ReadOnlySpan<byte> rows, Span<int> places)
    {
        Span<int> starts = stackalloc int[MostRows], ends = stackalloc int[MostRows], present = stackalloc int[MostRows];
        var count = 0;
        for (var i = 0; i < places.Length; i++)
        {
            var at = places[i];
            var length = RowCell.ReadLength(rows, ref at);
            if (length >= 0)
            {
                present[count] = i;
                starts[count] = at;
                at += length;
                ends[count++] = at;
            }

            places[i] = at;
        }

        if (count == places.Length)
        {
            _presence.AddRange(first, count);
        }
        else
        {
            _presence.Add(first, present[..count]);
        }

        AddValues(new(rows, starts[..count], ends[..count]));
    }

    /// <summary>Writes the column of the rows from <paramref name="first"/> up to <paramref name="end"/>, that one excluded; nothing when none has a value.</summary>
    /// <returns>Whether it was written.</returns>
    public bool Write(ByteSink sink, int first, int end)
    {
        var (from, to) = (_presence.CountBefore(first), _presence.CountBefore(end));
        if (from == to)
        {
            return false;
        }

        if (to - from == end - first)
        {
            sink.WriteByte(InEveryRow);
        }
        else
        {
            sink.WriteByte(InSomeRows);
            _presence.Write(sink, first, end);
        }

        WriteValues(sink, from, to);
        return true;
    }

    public void Clear()
    {
        _presence.Clear();
        ClearValues();
    }

    protected abstract void AddValue(Cell cell);

    /// <param name="values">In the form of <see cref="RowEncoder"/>: a text's bytes, eight bytes of a number, day or flag, sixteen of a decimal, a list's items each behind its length.</param>
    protected abstract void AddValues(Slices values);

    protected abstract long CopyValues(ColumnValues source, ReadOnlySpan<int> indexes);

    protected abstract void WriteValues(ByteSink sink, int from, int to);

    protected abstract void ClearValues();
}
