using System.Runtime.InteropServices;
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

    private readonly List<int> _rows = [];

    public string Name { get; set; } = "";

    public CellType Type => type;

    /// <summary>Whether rows staged so far have values here.</summary>
    public bool IsEmpty => _rows.Count == 0;

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
        _rows.Add(row);
        AddValue(cell);
    }

    /// <summary>Adds a value of a stored column of the same type, without decoding it.</summary>
    /// <returns>Most bytes that it adds, as <see cref="MostBytesOf"/> counts.</returns>
    public long Copy(int row, ColumnValues source, int index)
    {
        _rows.Add(row);
        return CopyValue(source, index);
    }

    /// <summary>Adds a value in the form of <see cref="RowBuffer"/>: a text's bytes, eight bytes of an integer, sixteen of a decimal, a list's items each behind its length.</summary>
    /// <returns>Most bytes that it adds, as <see cref="MostBytesOf"/> counts.</returns>
    public long Add(int row, ReadOnlySpan<byte> value)
    {
        _rows.Add(row);
        return AddValue(value);
    }

    /// <summary>Writes the column of the rows from <paramref name="first"/> up to <paramref name="end"/>, that one excluded; nothing when none has a value.</summary>
    /// <returns>Whether it was written.</returns>
    public bool Write(ByteSink sink, int first, int end)
    {
        var rows = CollectionsMarshal.AsSpan(_rows);
        var (from, to) = (IndexOf(rows, first), IndexOf(rows, end));
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
            var bits = sink.Reserve(Bits.Size(end - first));
            bits.Clear();
            foreach (var row in rows[from..to])
            {
                Bits.Set(bits, row - first);
            }
        }

        WriteValues(sink, from, to);
        return true;
    }

    public void Clear()
    {
        _rows.Clear();
        ClearValues();
    }

    protected abstract void AddValue(Cell cell);

    protected abstract long AddValue(ReadOnlySpan<byte> value);

    protected abstract long CopyValue(ColumnValues source, int index);

    protected abstract void WriteValues(ByteSink sink, int from, int to);

    protected abstract void ClearValues();

    private static int IndexOf(ReadOnlySpan<int> rows, int row) => rows.BinarySearch(row) is var at && at < 0 ? ~at : at;
}
