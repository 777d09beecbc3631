using System.Buffers;

namespace AudienceSync.Pages.Columns;

/// <summary>Texts of one shape, <c>head digits tail</c>: ids, phone numbers. Head and tail once, the digits as packed numbers.</summary>
/// <remarks>Stored as: number of digits, 0 when they vary and have no leading zeros (1 byte) · lengths of head and tail (4 bytes each) · head · tail · packed numbers.</remarks>
internal sealed class NumberedTexts : StoredTexts
{
    /// <summary>Every number of so many digits fits 63 bits.</summary>
    private const int MaxDigits = 18;

    [ThreadStatic]
    private static byte[]? _scratch;

    private readonly int _digits;
    private readonly ReadOnlyMemory<byte> _head;
    private readonly ReadOnlyMemory<byte> _tail;
    private readonly PackedIntegers _numbers;

    public NumberedTexts(ref ColumnBytes bytes, int count)
        : base(bytes.Place)
    {
        _digits = bytes.ReadByte();
        if (_digits > MaxDigits)
        {
            throw bytes.Damage("numbers with too many digits");
        }

        var (head, tail) = (bytes.ReadCount(max: bytes.Remaining), bytes.ReadCount(max: bytes.Remaining));
        _head = bytes.Take(head);
        _tail = bytes.Take(tail);
        _numbers = PackedIntegers.Read(ref bytes, count);
    }

    /// <summary>The shape that all texts have; null when they have none in common.</summary>
    public static TextShape? Shape(Slices texts)
    {
        if (texts.Count < 2)
        {
            return null;
        }

        // The last run of digits of the first text decides where head and tail end.
        var first = texts[0];
        var end = first.LastIndexOfAnyInRange((byte)'0', (byte)'9') + 1;
        var start = first[..end].LastIndexOfAnyExceptInRange((byte)'0', (byte)'9') + 1;
        if (end == start)
        {
            return null;
        }

        var tail = first.Length - end;
        var (shortest, longest, leadingZero) = (int.MaxValue, 0, false);
        for (var i = 0; i < texts.Count; i++)
        {
            var text = texts[i];
            var digits = text.Length - start - tail;
            if (digits is < 1 or > MaxDigits
                || !text[..start].SequenceEqual(first[..start])
                || !text[^tail..].SequenceEqual(first[end..])
                || text.Slice(start, digits).ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            {
                return null;
            }

            shortest = Math.Min(shortest, digits);
            longest = Math.Max(longest, digits);
            leadingZero |= digits > 1 && text[start] == '0';
        }

        return shortest == longest ? new(start, tail, longest) : leadingZero ? null : new(start, tail, 0);
    }

    public static int SizeOf(Slices texts, TextShape shape)
    {
        var (least, most) = (long.MaxValue, 0L);
        for (var i = 0; i < texts.Count; i++)
        {
            var number = NumberOf(texts[i], shape);
            least = Math.Min(least, number);
            most = Math.Max(most, number);
        }

        return 1 + (2 * sizeof(int)) + shape.Head + shape.Tail + PackedIntegers.Size(texts.Count, least, most);
    }

    public static void Write(ByteSink sink, Slices texts, TextShape shape)
    {
        sink.WriteByte((byte)shape.Digits);
        sink.WriteInt32(shape.Head);
        sink.WriteInt32(shape.Tail);
        sink.Write(texts[0][..shape.Head]);
        sink.Write(texts[0][^shape.Tail..]);
        var rented = ArrayPool<long>.Shared.Rent(texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            rented[i] = NumberOf(texts[i], shape);
        }

        PackedIntegers.Write<long>(sink, rented.AsSpan(0, texts.Count));
        ArrayPool<long>.Shared.Return(rented);
    }

    public override ReadOnlySpan<byte> Bytes(int index)
    {
        var number = _numbers[index];
        if (number < 0)
        {
            throw Place.Damage("a number below zero");
        }

        var digits = _digits == 0 ? DigitsOf(number) : _digits;
        var length = _head.Length + digits + _tail.Length;
        var target = (_scratch is { } scratch && scratch.Length >= length ? scratch : _scratch = new byte[length + 256]).AsSpan(0, length);
        _head.Span.CopyTo(target);
        _tail.Span.CopyTo(target[(_head.Length + digits)..]);
        for (var i = _head.Length + digits - 1; i >= _head.Length; i--)
        {
            (number, var digit) = Math.DivRem(number, 10);
            target[i] = (byte)('0' + digit);
        }

        return number == 0 ? target : throw Place.Damage("a number of too many digits");
    }

    private static int DigitsOf(long number)
    {
        var digits = 1;
        for (var limit = 10L; digits < MaxDigits && number >= limit; limit *= 10)
        {
            digits++;
        }

        return digits;
    }

    private static long NumberOf(ReadOnlySpan<byte> text, TextShape shape)
    {
        long number = 0;
        foreach (var digit in text[shape.Head..^shape.Tail])
        {
            number = (number * 10) + (digit - '0');
        }

        return number;
    }
}

/// <param name="Head">Bytes before the digits.</param>
/// <param name="Tail">Bytes behind them.</param>
/// <param name="Digits">How many; 0 when they vary and have no leading zeros.</param>
internal readonly record struct TextShape(int Head, int Tail, int Digits);
