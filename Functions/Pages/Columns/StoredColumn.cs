using System.Numerics;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>A column of one name and type as <see cref="ColumnStage"/> wrote it.</summary>
internal sealed class StoredColumn
{
    private const int WordBits = 64;

    private readonly ulong[]? _presence; // null: every row has a value
    private readonly int[]? _before; // values before each word of presence

    public StoredColumn(ReadOnlyMemory<byte> stored, CellType type, int rowCount, ColumnPlace place)
    {
        Type = type;
        var bytes = new ColumnBytes(stored, place);
        var count = rowCount;
        switch (bytes.ReadByte())
        {
            case ColumnStage.InEveryRow:
                break;
            case ColumnStage.InSomeRows:
                (_presence, _before, count) = ReadPresence(bytes.Take(Bits.Size(rowCount)).Span, rowCount, place);
                break;
            default:
                throw bytes.Damage("an unknown kind of presence");
        }

        Count = count;
        Values = ColumnValues.Read(bytes.Take(bytes.Remaining), type, count, place);
    }

    public CellType Type { get; }

    /// <summary>How many rows have a value.</summary>
    public int Count { get; }

    public ColumnValues Values { get; }

    public bool IsInEveryRow => _presence is null;

    /// <summary>A bit a row, set where it has a value; empty when every row has.</summary>
    public ReadOnlySpan<ulong> Presence => _presence;

    /// <summary>The cell of a row; absent when the row has none.</summary>
    public Cell this[int row] => IndexOf(row) is >= 0 and var index ? Values[index] : default;

    /// <summary>The place of a row's value in <see cref="Values"/>; −1 when it has none.</summary>
    public int IndexOf(int row)
    {
        if (_presence is null)
        {
            return row;
        }

        var (word, bit) = (row / WordBits, 1UL << (row % WordBits));
        return (_presence[word] & bit) == 0 ? -1 : _before![word] + BitOperations.PopCount(_presence[word] & (bit - 1));
    }

    /// <summary>Finds the values of rows.</summary>
    /// <param name="rows">Ascending.</param>
    /// <param name="present">Takes the places among <paramref name="rows"/> of those that have a value.</param>
    /// <param name="indexes">Takes the place of each one's value in <see cref="Values"/>.</param>
    /// <returns>How many have.</returns>
    public int Find(ReadOnlySpan<int> rows, Span<int> present, Span<int> indexes)
    {
        var count = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            if (IndexOf(rows[i]) is >= 0 and var index)
            {
                present[count] = i;
                indexes[count++] = index;
            }
        }

        return count;
    }

    private static (ulong[] Presence, int[] Before, int Count) ReadPresence(ReadOnlySpan<byte> bits, int rowCount, ColumnPlace place)
    {
        var presence = new ulong[RowSet.WordsOf(rowCount)];
        var before = new int[presence.Length];
        RowSet.ReadWords(bits, presence);

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
