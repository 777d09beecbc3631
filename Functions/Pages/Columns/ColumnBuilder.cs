using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>Gathers the values of one column of a page under construction and encodes them in the smaller of the encodings of its type.</summary>
internal abstract class ColumnBuilder
{
    public abstract int Count { get; }

    /// <summary>Bytes that <see cref="Write"/> writes for the values at hand.</summary>
    public abstract int Size { get; }

    /// <summary>Bytes that it would write with one value more.</summary>
    public abstract int SizeWith(Cell cell);

    public abstract void Add(Cell cell);

    public abstract void Write(ByteSink sink);

    public static ColumnBuilder For(CellType type) => type switch
    {
        CellType.Text => new TextColumnBuilder(),
        CellType.Integer or CellType.DateTime or CellType.Date => new IntegerColumnBuilder(type),
        CellType.Decimal => new DecimalColumnBuilder(),
        CellType.Boolean => new BooleanColumnBuilder(),
        CellType.TextList => new TextListColumnBuilder(),
        CellType.Bytes => new BytesColumnBuilder(),
        _ => throw new ArgumentException($"There are no columns of type {type}.", nameof(type)),
    };

    /// <summary>Most bytes that a value can add to a column, whatever its neighbours: those of the plain encoding, with lengths of four bytes.</summary>
    public static long MostBytesOf(Cell cell) => cell.Type switch
    {
        CellType.Text => TextBytes(cell.AsText()),
        CellType.Integer or CellType.DateTime or CellType.Date => sizeof(long),
        CellType.Decimal => sizeof(decimal),
        CellType.Boolean => 1,
        CellType.TextList => sizeof(int) + cell.AsTextList().Sum(TextBytes),
        CellType.Bytes => sizeof(int) + (long)cell.AsBytes().Length,
        _ => throw new ArgumentException($"There are no columns of type {cell.Type}.", nameof(cell)),
    };

    /// <summary>Most bytes of a column apart from its values: bit widths, padding, least value, names of encodings.</summary>
    public const int MostBytesOfFrame = 48;

    private static long TextBytes(string text) => sizeof(int) + (long)PageText.ByteCount(text);
}
