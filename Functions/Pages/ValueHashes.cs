using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>The values of columns as numbers that stand for them, to count them by: equal values have equal hashes in all pages of an installation. Of a list its items.</summary>
/// <remarks>A whole number and the same one with decimals are one value. Its memory serves column after column: not thread-safe.</remarks>
internal sealed class ValueHashes(MemberHasher hasher)
{
    private readonly Dictionary<CellType, CellHasher> _hashers = Enum.GetValues<CellType>()
        .ToDictionary(type => type, type => hasher.OfCells("", type is CellType.TextList ? CellType.Text : type is CellType.Integer ? CellType.Decimal : type));

    private int[] _indexes = [];
    private ulong[] _hashes = [];

    /// <returns>A hash for each value; valid until the next call.</returns>
    /// <exception cref="DamagedPageException"/>
    public ReadOnlySpan<ulong> Of(StoredColumn column)
    {
        var hasher = _hashers[column.Type];
        var count = column.Values is TextListValues lists ? lists.ItemCount : column.Count;
        Reserve(count);
        var indexes = _indexes.AsSpan(0, count);
        var hashes = _hashes.AsSpan(0, count);
        switch (column.Values)
        {
            case IntegerValues integers when column.Type is CellType.Integer:
                for (var index = 0; index < count; index++)
                {
                    hashes[index] = hasher.OfDecimal(integers.At(index));
                }

                break;
            case TextListValues items:
                items.Items.Hash(hasher, indexes, hashes);
                break;
            default:
                column.Values.Hash(hasher, indexes, hashes);
                break;
        }

        return hashes;
    }

    private void Reserve(int count)
    {
        if (_indexes.Length < count)
        {
            _hashes = new ulong[count];
            _indexes = [.. Enumerable.Range(0, count)];
        }
    }
}
