using System.Buffers.Binary;
using System.Numerics;

namespace AudienceSync.Pages.Columns;

/// <summary>Signed integers as distances from the least, in one bit width, readable at any index:
/// the least (8 bytes), width (1 byte), the bits from the lowest up, 7 bytes of zero so that every value lies in one 8-byte load.</summary>
/// <remarks>Widths are 0–56 and 64: between those a value could touch nine bytes.</remarks>
internal readonly struct PackedIntegers
{
    /// <summary>Most bytes beside those of the values.</summary>
    public const int FrameBytes = sizeof(long) + 1 + Padding;

    private const int Padding = 7;
    private const int MaxUnalignedWidth = 56;
    private const int WordBits = 64;

    private readonly ReadOnlyMemory<byte> _bits;

    private PackedIntegers(long least, ReadOnlyMemory<byte> bits, int width) => (Least, _bits, Width) = (least, bits, width);

    public long Least { get; }

    /// <summary>Bits of a distance; 0 when all values are <see cref="Least"/>.</summary>
    public int Width { get; }

    public long this[int index] => unchecked(Least + (long)DistanceAt(_bits.Span, index, Width));

    /// <summary>The distances' bits, for <see cref="DistanceAt"/> in loops.</summary>
    public ReadOnlySpan<byte> Bits => _bits.Span;

    public static ulong DistanceAt(ReadOnlySpan<byte> bits, int index, int width)
    {
        if (width == 0)
        {
            return 0;
        }

        var bit = (long)index * width;
        var word = BinaryPrimitives.ReadUInt64LittleEndian(bits[(int)(bit >> 3)..]) >> (int)(bit & 7);
        return width == WordBits ? word : word & ((1UL << width) - 1);
    }

    /// <summary>Writes the values at these places.</summary>
    /// <param name="target">As many.</param>
    public void CopyTo(Span<long> target, ReadOnlySpan<int> indexes)
    {
        var bits = _bits.Span;
        var (least, width) = (Least, Width);
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = unchecked(least + (long)DistanceAt(bits, indexes[i], width));
        }
    }

    /// <summary>Bytes that <see cref="Write"/> writes.</summary>
    public static int SizeOf<T>(ReadOnlySpan<T> values)
        where T : struct, IBinaryInteger<T>
    {
        var (least, most) = Extremes(values);
        return Size(values.Length, least, most);
    }

    /// <summary>Bytes that values between two extremes take.</summary>
    public static int Size(int count, long least, long most) => sizeof(long) + 1 + BitsSize(count, WidthOf(Distance(least, most)));

    public static void Write<T>(ByteSink sink, ReadOnlySpan<T> values)
        where T : struct, IBinaryInteger<T>
    {
        var (least, most) = Extremes(values);
        var width = WidthOf(Distance(least, most));
        sink.WriteInt64(least);
        sink.WriteByte((byte)width);
        Pack(sink.Reserve(BitsSize(values.Length, width)), values, least, width);
    }

    public static PackedIntegers Read(ref ColumnBytes bytes, int count)
    {
        var least = bytes.ReadInt64();
        var width = bytes.ReadByte();
        if (width > MaxUnalignedWidth && width != WordBits)
        {
            throw bytes.Damage("an impossible bit width");
        }

        return new(least, bytes.Take(BitsSize(count, width)), width);
    }

    /// <summary>The distance of two longs, the lesser first: fits 64 bits without sign, and so does its way back.</summary>
    public static ulong Distance(long least, long value) => unchecked((ulong)value - (ulong)least);

    /// <summary>Collects bits in a word and writes it when it is full.</summary>
    private static void Pack<T>(Span<byte> bits, ReadOnlySpan<T> values, long least, int width)
        where T : struct, IBinaryInteger<T>
    {
        if (width == 0)
        {
            return;
        }

        var (word, filled) = (0UL, 0);
        foreach (var value in values)
        {
            var distance = Distance(least, long.CreateTruncating(value));
            word |= distance << filled;
            filled += width;
            if (filled >= WordBits)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bits, word);
                bits = bits[sizeof(ulong)..];
                filled -= WordBits;
                word = filled == 0 ? 0 : distance >> (width - filled);
            }
        }

        bits.Clear();
        if (filled > 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bits, word); // there is room: the padding
        }
    }

    private static (long Least, long Most) Extremes<T>(ReadOnlySpan<T> values)
        where T : struct, IBinaryInteger<T>
    {
        if (values.IsEmpty)
        {
            return (0, 0);
        }

        var (least, most) = (values[0], values[0]);
        var rest = values;
        if (values.Length >= Vector<T>.Count)
        {
            var (leasts, mosts) = (new Vector<T>(values), new Vector<T>(values));
            for (; rest.Length >= Vector<T>.Count; rest = rest[Vector<T>.Count..])
            {
                var next = new Vector<T>(rest);
                (leasts, mosts) = (Vector.Min(leasts, next), Vector.Max(mosts, next));
            }

            for (var lane = 0; lane < Vector<T>.Count; lane++)
            {
                (least, most) = (T.Min(least, leasts[lane]), T.Max(most, mosts[lane]));
            }
        }

        foreach (var value in rest)
        {
            (least, most) = (T.Min(least, value), T.Max(most, value));
        }

        return (long.CreateTruncating(least), long.CreateTruncating(most));
    }

    private static int WidthOf(ulong distance) => WordBits - BitOperations.LeadingZeroCount(distance) is var width and <= MaxUnalignedWidth ? width : WordBits;

    private static int BitsSize(int count, int width) => width == 0 ? 0 : (int)((((long)count * width) + 7) / 8) + Padding;
}
