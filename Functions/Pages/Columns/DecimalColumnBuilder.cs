using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>Scales and digits as packed integers while all digits fit 64 bits; else the four words of each <see cref="decimal"/>.</summary>
internal sealed class DecimalColumnBuilder : ColumnBuilder
{
    /// <summary>The encodings' names, as stored.</summary>
    public const byte Words = 0;
    public const byte Packed = 1;

    private readonly List<decimal> _values = [];
    private readonly IntegerTally _scales = new();
    private readonly IntegerTally _digits = new();
    private bool _isPackable = true;

    public override int Count => _values.Count;

    public override int Size => _isPackable ? Math.Min(WordsSize(Count), 1 + _scales.Size + _digits.Size) : WordsSize(Count);

    public override int SizeWith(Cell cell) => _isPackable && TryDigits(cell.AsDecimal(), out var digits)
        ? Math.Min(WordsSize(Count + 1), 1 + _scales.SizeWith(cell.AsDecimal().Scale) + _digits.SizeWith(digits))
        : WordsSize(Count + 1);

    public override void Add(Cell cell)
    {
        var value = cell.AsDecimal();
        _values.Add(value);
        if (_isPackable &= TryDigits(value, out var digits))
        {
            _scales.Add(value.Scale);
            _digits.Add(digits);
        }
    }

    public override void Write(ByteSink sink)
    {
        if (Size < WordsSize(Count))
        {
            sink.WriteByte(Packed);
            _scales.Write(sink);
            _digits.Write(sink);
            return;
        }

        sink.WriteByte(Words);
        Span<int> words = stackalloc int[4];
        foreach (var value in _values)
        {
            decimal.GetBits(value, words);
            foreach (var word in words)
            {
                sink.WriteInt32(word);
            }
        }
    }

    private static int WordsSize(int count) => 1 + (count * sizeof(decimal));

    /// <summary>The digits with their sign; none when they need more than 63 bits, or for −0, whose sign digits cannot hold.</summary>
    private static bool TryDigits(decimal value, out long digits)
    {
        Span<int> words = stackalloc int[4];
        decimal.GetBits(value, words);
        digits = ((long)words[1] << 32) | (uint)words[0];
        var isNegative = words[3] < 0;
        if (words[2] != 0 || words[1] < 0 || (isNegative && digits == 0))
        {
            return false;
        }

        digits = isNegative ? -digits : digits;
        return true;
    }
}
