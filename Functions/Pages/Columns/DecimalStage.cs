using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>While all digits fit 64 bits at the largest scale among them: that scale (1 byte), the packed digits at it, and the packed scales; else the four words of each.</summary>
internal sealed class DecimalStage() : ColumnStage(CellType.Decimal)
{
    /// <summary>The encodings' names, as stored.</summary>
    public const byte Words = 0;
    public const byte Packed = 1;

    private readonly List<decimal> _values = [];

    protected override void AddValue(Cell cell) => _values.Add(cell.AsDecimal());

    protected override void AddValues(Slices values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            _values.Add(MemoryMarshal.Read<decimal>(values[i]));
        }
    }

    protected override long CopyValues(ColumnValues source, ReadOnlySpan<int> indexes)
    {
        var decimals = (DecimalValues)source;
        foreach (var index in indexes)
        {
            _values.Add(decimals.At(index));
        }

        return sizeof(decimal) * (long)indexes.Length;
    }

    protected override void WriteValues(ByteSink sink, int from, int to)
    {
        var values = CollectionsMarshal.AsSpan(_values)[from..to];
        var (digits, scales) = (ArrayPool<long>.Shared.Rent(values.Length), ArrayPool<byte>.Shared.Rent(values.Length));
        if (TryDigits(values, digits, scales, out var scale)
            && PackedIntegers.SizeOf<long>(digits.AsSpan(0, values.Length)) + PackedIntegers.SizeOf<byte>(scales.AsSpan(0, values.Length)) < values.Length * sizeof(decimal))
        {
            sink.WriteByte(Packed);
            sink.WriteByte(scale);
            PackedIntegers.Write<long>(sink, digits.AsSpan(0, values.Length));
            PackedIntegers.Write<byte>(sink, scales.AsSpan(0, values.Length));
        }
        else
        {
            sink.WriteByte(Words);
            WriteWords(sink, values);
        }

        ArrayPool<long>.Shared.Return(digits);
        ArrayPool<byte>.Shared.Return(scales);
    }

    protected override void ClearValues() => _values.Clear();

    /// <summary>Digits with their sign, all at the largest scale; none when some need more than 63 bits, or for −0, whose sign digits cannot hold.</summary>
    private static bool TryDigits(ReadOnlySpan<decimal> values, Span<long> digits, Span<byte> scales, out byte scale)
    {
        scale = 0;
        for (var i = 0; i < values.Length; i++)
        {
            scales[i] = values[i].Scale;
            scale = Math.Max(scale, scales[i]);
        }

        Span<int> words = stackalloc int[4];
        for (var i = 0; i < values.Length; i++)
        {
            decimal.GetBits(values[i], words);
            var isNegative = words[3] < 0;
            var size = ((long)words[1] << 32) | (uint)words[0];
            if (words[2] != 0 || words[1] < 0 || (isNegative && size == 0) || !TryScale(size, scale - scales[i], out size))
            {
                return false;
            }

            digits[i] = isNegative ? -size : size;
        }

        return true;
    }

    private static bool TryScale(long size, int places, out long scaled)
    {
        scaled = size;
        for (; places > 0 && scaled != 0; places--)
        {
            if (scaled > long.MaxValue / 10)
            {
                return false;
            }

            scaled *= 10;
        }

        return true;
    }

    private static void WriteWords(ByteSink sink, ReadOnlySpan<decimal> values)
    {
        Span<int> words = stackalloc int[4];
        foreach (var value in values)
        {
            decimal.GetBits(value, words);
            var target = sink.Reserve(sizeof(decimal));
            for (var i = 0; i < words.Length; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(target[(i * sizeof(int))..], words[i]);
            }
        }
    }
}
