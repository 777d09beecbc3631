using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>The values of a column as stored: the rows that have one, in order. Decoded when asked; several threads may ask.</summary>
internal abstract class ColumnValues
{
    public abstract Cell this[int index] { get; }

    /// <summary>No value takes more bytes in its plainest encoding, its length apart; far more than there are when the column is damaged.</summary>
    public abstract int MostBytes { get; }

    /// <summary>The keyed hashes of values: the same as <see cref="CellHasher.Of(Cell)"/> of their cells.</summary>
    /// <param name="hashes">As many as <paramref name="indexes"/>.</param>
    /// <exception cref="DamagedPageException"/>
    public abstract void Hash(CellHasher hasher, ReadOnlySpan<int> indexes, Span<ulong> hashes);

    /// <exception cref="DamagedPageException"/>
    public static ColumnValues Read(ReadOnlyMemory<byte> stored, CellType type, int count, ColumnPlace place)
    {
        var bytes = new ColumnBytes(stored, place);
        ColumnValues values = type switch
        {
            CellType.Text => new TextValues(StoredTexts.Read(ref bytes, count)),
            CellType.Integer or CellType.DateTime or CellType.Date => new IntegerValues(type, ref bytes, count),
            CellType.Decimal => new DecimalValues(ref bytes, count),
            CellType.Boolean => new BooleanValues(ref bytes, count),
            CellType.TextList => new TextListValues(ref bytes, count),
            CellType.Bytes => new BytesValues(ref bytes, count),
            _ => throw place.Damage($"the unknown type {(int)type}"),
        };
        bytes.EnsureEnd();
        return values;
    }
}
