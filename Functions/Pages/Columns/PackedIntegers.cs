using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace AudienceSync.Pages.Columns;

/// <summary>Unsigned integers of one bit width, readable at any index: width (1 byte), the bits from the lowest up, 7 bytes of zero so that every value lies in one 8-byte load.</summary>
/// <remarks>Widths are 0–56 and 64: between those a value could touch nine bytes.</remarks>
internal readonly struct PackedIntegers
{
    private const int Padding = 7;
    private const int MaxUnalignedWidth = 56;

    private readonly ReadOnlyMemory<byte> _bits;
    private readonly int _width;

    private PackedIntegers(ReadOnlyMemory<byte> bits, int width) => (_bits, _width) = (bits, width);

    public ulong this[int index]
    {
        get
        {
            if (_width == 0)
            {
                return 0;
            }

            var bit = (long)index * _width;
            var word = BinaryPrimitives.ReadUInt64LittleEndian(_bits.Span[(int)(bit >> 3)..]) >> (int)(bit & 7);
            return _width == 64 ? word : word & ((1UL << _width) - 1);
        }
    }

    /// <summary>Bytes that <paramref name="count"/> values up to <paramref name="max"/> take.</summary>
    public static int Size(int count, ulong max) => 1 + BitsSize(count, WidthOf(max));

    public static void Write(ByteSink sink, ReadOnlySpan<ulong> values, ulong max)
    {
        var width = WidthOf(max);
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
            BinaryPrimitives.WriteUInt64LittleEndian(target, BinaryPrimitives.ReadUInt64LittleEndian(target) | (values[i] << (int)(bit & 7)));
        }
    }

    public static void Write(ByteSink sink, List<int> values, int max)
    {
        var wide = new ulong[values.Count];
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] = (uint)values[i];
        }

        Write(sink, wide, (uint)max);
    }

    public static void Write(ByteSink sink, List<ulong> values, ulong max) => Write(sink, CollectionsMarshal.AsSpan(values), max);

    public static PackedIntegers Read(ref ColumnBytes bytes, int count)
    {
        var width = bytes.ReadByte();
        if (width > MaxUnalignedWidth && width != 64)
        {
            throw bytes.Damage("an impossible bit width");
        }

        return new(bytes.Take(BitsSize(count, width)), width);
    }

    private static int WidthOf(ulong max) => 64 - BitOperations.LeadingZeroCount(max) is var width and <= MaxUnalignedWidth ? width : 64;

    private static int BitsSize(int count, int width) => width == 0 ? 0 : (int)((((long)count * width) + 7) / 8) + Padding;
}
