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
        return width == 64 ? word : word & ((1UL << width) - 1);
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
        var bits = sink.Reserve(BitsSize(values.Length, width));
        bits.Clear();
        if (width == 0)
        {
            return;
        }

        for (var i = 0; i < values.Length; i++)
        {
            var bit = (long)i * width;
            var target = bits[(int)(bit >> 3)..];
            var distance = Distance(least, long.CreateTruncating(values[i]));
            BinaryPrimitives.WriteUInt64LittleEndian(target, BinaryPrimitives.ReadUInt64LittleEndian(target) | (distance << (int)(bit & 7)));
        }
    }

    public static PackedIntegers Read(ref ColumnBytes bytes, int count)
    {
        var least = bytes.ReadInt64();
        var width = bytes.ReadByte();
        if (width > MaxUnalignedWidth && width != 64)
        {
            throw bytes.Damage("an impossible bit width");
        }

        return new(least, bytes.Take(BitsSize(count, width)), width);
    }

    /// <summary>The distance of two longs, the lesser first: fits 64 bits without sign, and so does its way back.</summary>
    public static ulong Distance(long least, long value) => unchecked((ulong)value - (ulong)least);

    private static (long Least, long Most) Extremes<T>(ReadOnlySpan<T> values)
        where T : struct, IBinaryInteger<T>
    {
        if (values.IsEmpty)
        {
            return (0, 0);
        }

        var (least, most) = (values[0], values[0]);
        foreach (var value in values)
        {
            least = value < least ? value : least;
            most = value > most ? value : most;
        }

        return (long.CreateTruncating(least), long.CreateTruncating(most));
    }

    private static int WidthOf(ulong distance) => 64 - BitOperations.LeadingZeroCount(distance) is var width and <= MaxUnalignedWidth ? width : 64;

    private static int BitsSize(int count, int width) => width == 0 ? 0 : (int)((((long)count * width) + 7) / 8) + Padding;
}
