namespace AudienceSync.Pages.Columns;

/// <summary>Byte strings one behind the other, readable at any index: packed lengths, then the bytes.</summary>
internal sealed class PackedSlices
{
    private readonly int[] _ends;
    private readonly ReadOnlyMemory<byte> _bytes;

    private PackedSlices(int[] ends, ReadOnlyMemory<byte> bytes) => (_ends, _bytes) = (ends, bytes);

    public ReadOnlySpan<byte> this[int index] => _bytes.Span[(index == 0 ? 0 : _ends[index - 1]).._ends[index]];

    public static PackedSlices Read(ref ColumnBytes bytes, int count)
    {
        var lengths = PackedIntegers.Read(ref bytes, count);
        var ends = SumUp(lengths, count, bytes.Remaining, ref bytes);
        return new(ends, bytes.Take(count == 0 ? 0 : ends[^1]));
    }

    /// <summary>Turns lengths into ends: the sums of all lengths up to each.</summary>
    public static int[] SumUp(PackedIntegers lengths, int count, int max, ref ColumnBytes bytes)
    {
        var ends = new int[count];
        var end = 0;
        for (var i = 0; i < count; i++)
        {
            var length = lengths[i];
            if (length > (ulong)(max - end))
            {
                throw bytes.Damage("lengths beyond its bytes");
            }

            ends[i] = end += (int)length;
        }

        return ends;
    }
}
