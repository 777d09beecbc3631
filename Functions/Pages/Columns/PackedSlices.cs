using System.Buffers;

namespace AudienceSync.Pages.Columns;

/// <summary>Byte strings readable at any index: packed ends of each among all bytes, number of all bytes (4), the bytes.</summary>
internal sealed class PackedSlices
{
    private readonly ColumnPlace _place;
    private readonly int _count;
    private readonly PackedIntegers _ends;
    private readonly ReadOnlyMemory<byte> _bytes;
    private int _mostBytes = -1;

    private PackedSlices(ColumnPlace place, int count, PackedIntegers ends, ReadOnlyMemory<byte> bytes) =>
        (_place, _count, _ends, _bytes) = (place, count, ends, bytes);

    /// <exception cref="DamagedPageException">It ends beyond the bytes, or before it begins.</exception>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var (start, end) = (index == 0 ? 0 : _ends[index - 1], _ends[index]);
            return start >= 0 && start <= end && end <= _bytes.Length ? _bytes.Span[(int)start..(int)end] : throw _place.Damage("ends beyond its bytes");
        }
    }

    /// <summary>Bytes of the longest; it looks at all, once.</summary>
    public int MostBytes => _mostBytes >= 0 ? _mostBytes : _mostBytes = Longest();

    public static int SizeOf(Slices slices)
    {
        var bytes = slices.Size();
        return PackedIntegers.Size(slices.Count, slices.Count == 0 ? 0 : slices.LengthOf(0), bytes) + sizeof(int) + bytes;
    }

    public static void Write(ByteSink sink, Slices slices)
    {
        var rented = ArrayPool<int>.Shared.Rent(Math.Max(slices.Count, 1));
        var ends = rented.AsSpan(0, slices.Count);
        var bytes = 0;
        for (var i = 0; i < ends.Length; i++)
        {
            bytes += slices.LengthOf(i);
            ends[i] = bytes;
        }

        PackedIntegers.Write<int>(sink, ends);
        ArrayPool<int>.Shared.Return(rented);
        sink.WriteInt32(bytes);
        slices.CopyTo(sink.Reserve(bytes));
    }

    public static PackedSlices Read(ref ColumnBytes bytes, int count)
    {
        var ends = PackedIntegers.Read(ref bytes, count);
        return new(bytes.Place, count, ends, bytes.Take(bytes.ReadCount(max: bytes.Remaining)));
    }

    private int Longest()
    {
        var (most, start) = (0L, 0L);
        for (var i = 0; i < _count; i++)
        {
            var end = _ends[i];
            most = Math.Max(most, end - start);
            start = end;
        }

        return (int)Math.Min(most, _bytes.Length);
    }
}
