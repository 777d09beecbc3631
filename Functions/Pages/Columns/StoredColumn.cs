using System.Numerics;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>A column of one name and type as <see cref="PageColumn"/> wrote it.</summary>
internal sealed class StoredColumn
{
    private const int WordBits = 64;

    private readonly ulong[]? _presence; // null: every row has a value
    private readonly int[]? _before; // values before each word of presence
    private readonly ColumnValues _values;

    public StoredColumn(ReadOnlyMemory<byte> stored, CellType type, int rowCount, ColumnPlace place)
    {
        var bytes = new ColumnBytes(stored, place);
        var count = rowCount;
        switch (bytes.ReadByte())
        {
            case PageColumn.InEveryRow:
                break;
            case PageColumn.InSomeRows:
                (_presence, _before, count) = ReadPresence(bytes.Take(Bits.Size(rowCount)).Span, rowCount, place);
                break;
            default:
                throw bytes.Damage("an unknown kind of presence");
        }

        _values = ColumnValues.Read(bytes.Take(bytes.Remaining), type, count, place);
    }

    /// <summary>The cell of a row; absent when the row has none.</summary>
    public Cell this[int row]
    {
        get
        {
            if (_presence is null || _before is null)
            {
                return _values[row];
            }

            var (word, bit) = (row / WordBits, 1UL << (row % WordBits));
            return (_presence[word] & bit) == 0 ? default : _values[_before[word] + BitOperations.PopCount(_presence[word] & (bit - 1))];
        }
    }

    private static (ulong[] Presence, int[] Before, int Count) ReadPresence(ReadOnlySpan<byte> bits, int rowCount, ColumnPlace place)
    {
        var presence = new ulong[(rowCount + WordBits - 1) / WordBits];
        var before = new int[presence.Length];
        for (var i = 0; i < bits.Length; i++)
        {
            presence[i / sizeof(ulong)] |= (ulong)bits[i] << (8 * (i % sizeof(ulong)));
        }

        var count = 0;
        for (var i = 0; i < presence.Length; i++)
        {
            before[i] = count;
            count += BitOperations.PopCount(presence[i]);
        }

        return rowCount % WordBits is var used and not 0 && presence[^1] >> used != 0
            ? throw place.Damage("values for rows beyond the last")
            : (presence, before, count);
    }
}
