using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>The values of a column as stored: the rows that have one, in order. Decoded when asked; several threads may ask.</summary>
internal abstract class ColumnValues
{
    public abstract Cell this[int index] { get; }

    /// <summary>The keyed hash of a value: the same as <see cref="CellHasher.Of(Cell)"/> of its cell.</summary>
    public abstract ulong Hash(CellHasher hasher, int index);

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
