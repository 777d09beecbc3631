using System.Buffers;

namespace AudienceSync.Pages.Columns;

/// <summary>Byte strings readable at any index: packed lengths, packed beginnings of each group of 16, number of all bytes (4), the bytes.</summary>
internal sealed class PackedSlices
{
    private const int GroupShift = 4;
    private const int Group = 1 << GroupShift;

    private readonly ColumnPlace _place;
    private readonly PackedIntegers _lengths;
    private readonly PackedIntegers _groups;
    private readonly ReadOnlyMemory<byte> _bytes;

    private PackedSlices(ColumnPlace place, PackedIntegers lengths, PackedIntegers groups, ReadOnlyMemory<byte> bytes) =>
        (_place, _lengths, _groups, _bytes) = (place, lengths, groups, bytes);

    /// <exception cref="DamagedPageException">A length leads beyond the bytes.</exception>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var bits = _lengths.Bits;
            var (width, least) = (_lengths.Width, _lengths.Least);
            var start = _groups[index >> GroupShift];
            for (var before = index & ~(Group - 1); before < index; before++)
            {
                start += least + (long)PackedIntegers.DistanceAt(bits, before, width);
            }

            var length = least + (long)PackedIntegers.DistanceAt(bits, index, width);
            return start >= 0 && length >= 0 && start <= _bytes.Length - length
                ? _bytes.Span.Slice((int)start, (int)length)
                : throw _place.Damage("lengths beyond its bytes");
        }
    }

    public static int SizeOf(Slices slices)
    {
        var (least, most, bytes, lastGroup) = (int.MaxValue, 0, 0, 0);
        for (var i = 0; i < slices.Count; i++)
        {
            lastGroup = (i & (Group - 1)) == 0 ? bytes : lastGroup;
            var length = slices.LengthOf(i);
            least = Math.Min(least, length);
            most = Math.Max(most, length);
            bytes += length;
        }

        return PackedIntegers.Size(slices.Count, slices.Count == 0 ? 0 : least, most) + PackedIntegers.Size(GroupsOf(slices.Count), 0, lastGroup) + sizeof(int) + bytes;
    }

    public static void Write(ByteSink sink, Slices slices)
    {
        var rented = ArrayPool<int>.Shared.Rent(slices.Count + GroupsOf(slices.Count) + 1);
        var lengths = rented.AsSpan(0, slices.Count);
        var groups = rented.AsSpan(slices.Count, GroupsOf(slices.Count));
        var bytes = 0;
        for (var i = 0; i < lengths.Length; i++)
        {
            if ((i & (Group - 1)) == 0)
            {
                groups[i >> GroupShift] = bytes;
            }

            lengths[i] = slices.LengthOf(i);
            bytes += lengths[i];
        }

        PackedIntegers.Write<int>(sink, lengths);
        PackedIntegers.Write<int>(sink, groups);
        ArrayPool<int>.Shared.Return(rented);
        sink.WriteInt32(bytes);
        var target = sink.Reserve(bytes);
        for (var i = 0; i < slices.Count; i++)
        {
            var slice = slices[i];
            slice.CopyTo(target);
            target = target[slice.Length..];
        }
    }

    public static PackedSlices Read(ref ColumnBytes bytes, int count)
    {
        var (lengths, groups) = (PackedIntegers.Read(ref bytes, count), PackedIntegers.Read(ref bytes, GroupsOf(count)));
        return new(bytes.Place, lengths, groups, bytes.Take(bytes.ReadCount(max: bytes.Remaining)));
    }

    private static int GroupsOf(int count) => (count + Group - 1) >> GroupShift;
}
