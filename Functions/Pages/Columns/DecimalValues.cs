using System.Buffers.Binary;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>What <see cref="DecimalStage"/> wrote.</summary>
internal sealed class DecimalValues : ColumnValues
{
    private const int MaxScale = 28;
    private const int SignBit = int.MinValue;
    private const int ScaleShift = 16;

    private readonly ColumnPlace _place;
    private readonly ReadOnlyMemory<byte>? _words;
    private readonly PackedIntegers _scales;

    public DecimalValues(ref ColumnBytes bytes, int count)
    {
        _place = bytes.Place;
        switch (bytes.ReadByte())
        {
            case DecimalStage.Words:
                _words = bytes.Take(count * sizeof(decimal));
                break;
            case DecimalStage.Packed:
                Scale = bytes.ReadByte();
                Digits = PackedIntegers.Read(ref bytes, count);
                _scales = PackedIntegers.Read(ref bytes, count);
                break;
            default:
                throw bytes.Damage("an unknown encoding");
        }
    }

    /// <summary>Whether every value is <see cref="Digits"/> over ten to the power of <see cref="Scale"/>.</summary>
    public bool IsPacked => _words is null;

    public int Scale { get; }

    public PackedIntegers Digits { get; }

    public override int MostBytes => sizeof(decimal);

    public override Cell this[int index] => Cell.Of(At(index));

    public decimal At(int index) => _words is { } words ? FromWords(words.Span.Slice(index * sizeof(decimal), sizeof(decimal))) : FromDigits(index);

    public override void Hash(CellHasher hasher, ReadOnlySpan<int> indexes, Span<ulong> hashes)
    {
        for (var i = 0; i < indexes.Length; i++)
        {
            hashes[i] = hasher.OfDecimal(At(indexes[i]));
        }
    }

    private decimal FromWords(ReadOnlySpan<byte> bytes)
    {
        Span<int> words = stackalloc int[4];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * sizeof(int))..]);
        }

        return (words[3] & ~SignBit) is var scale && (scale & 0xFFFF) == 0 && scale >> ScaleShift <= MaxScale ? new(words) : throw NotADecimal();
    }

    private decimal FromDigits(int index)
    {
        var (digits, scale) = (Digits[index], _scales[index]);
        if (scale < 0 || scale > Scale || Scale > MaxScale || digits == long.MinValue)
        {
            throw NotADecimal();
        }

        var size = (ulong)Math.Abs(digits);
        for (var places = Scale - scale; places > 0 && size > 0; places--)
        {
            size = size % 10 == 0 ? size / 10 : throw NotADecimal();
        }

        return new((int)(uint)size, (int)(uint)(size >> 32), 0, digits < 0, (byte)scale);
    }

    private DamagedPageException NotADecimal() => _place.Damage("bytes that are no decimal");
}
