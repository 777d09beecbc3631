using System.Buffers.Binary;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>What <see cref="DecimalColumnBuilder"/> wrote.</summary>
internal sealed class DecimalValues : ColumnValues
{
    private const int MaxScale = 28;
    private const int SignBit = int.MinValue;
    private const int ScaleShift = 16;

    private readonly ColumnPlace _place;
    private readonly ReadOnlyMemory<byte>? _words;
    private readonly (long Min, PackedIntegers Distances) _scales;
    private readonly (long Min, PackedIntegers Distances) _digits;

    public DecimalValues(ref ColumnBytes bytes, int count)
    {
        _place = bytes.Place;
        switch (bytes.ReadByte())
        {
            case DecimalColumnBuilder.Words:
                _words = bytes.Take(count * sizeof(decimal));
                break;
            case DecimalColumnBuilder.Packed:
                _scales = IntegerTally.Read(ref bytes, count);
                _digits = IntegerTally.Read(ref bytes, count);
                break;
            default:
                throw bytes.Damage("an unknown encoding");
        }
    }

    public override Cell this[int index] => Cell.Of(_words is { } words ? FromWords(words.Span.Slice(index * sizeof(decimal), sizeof(decimal))) : FromPacked(index));

    private decimal FromWords(ReadOnlySpan<byte> bytes)
    {
        Span<int> words = stackalloc int[4];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * sizeof(int))..]);
        }

        return (words[3] & ~SignBit) is var scale && (scale & 0xFFFF) == 0 && scale >> ScaleShift <= MaxScale ? new(words) : throw NotADecimal();
    }

    private decimal FromPacked(int index)
    {
        var scale = unchecked(_scales.Min + (long)_scales.Distances[index]);
        var digits = unchecked(_digits.Min + (long)_digits.Distances[index]);
        if (scale is < 0 or > MaxScale || digits == long.MinValue)
        {
            throw NotADecimal();
        }

        var size = (ulong)Math.Abs(digits);
        return new((int)(uint)size, (int)(uint)(size >> 32), 0, digits < 0, (byte)scale);
    }

    private DamagedPageException NotADecimal() => _place.Damage("bytes that are no decimal");
}
