using System.Buffers;

namespace AudienceSync.Pages.Columns;

/// <summary>Texts of one shape, <c>head digits tail</c>, read as numbers. Rents its memory: dispose of it.</summary>
internal readonly ref struct TextNumbers : IDisposable
{
    private readonly long[] _rented;

    private TextNumbers(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long[] rented)
    {
        Head = head;
        Tail = tail;
        _rented = rented;
    }

    /// <summary>False when the texts have no shape in common: then there is nothing else.</summary>
    public bool AreFound => _rented is not null;

    public ReadOnlySpan<byte> Head { get; }

    public ReadOnlySpan<byte> Tail { get; }

    /// <summary>How many digits; 0 when they vary and have no leading zeros.</summary>
    public int Digits { get; private init; }

    /// <summary>For each text.</summary>
    public ReadOnlySpan<long> Numbers { get; private init; }

    /// <summary>Reads texts as numbers, when all have the shape of the first: its last run of digits decides where head and tail end.</summary>
    public static TextNumbers Find(Slices texts)
    {
        if (texts.Count < 2)
        {
            return default;
        }

        var first = texts[0];
        var end = first.LastIndexOfAnyInRange((byte)'0', (byte)'9') + 1;
        var start = first[..end].LastIndexOfAnyExceptInRange((byte)'0', (byte)'9') + 1;
        if (end == start)
        {
            return default;
        }

        var rented = ArrayPool<long>.Shared.Rent(texts.Count);
        var found = new TextNumbers(first[..start], first[end..], rented);
        if (found.TryRead(texts, rented.AsSpan(0, texts.Count), out var digits))
        {
            return found with { Digits = digits, Numbers = rented.AsSpan(0, texts.Count) };
        }

        found.Dispose();
        return default;
    }

    public void Dispose()
    {
        if (AreFound)
        {
            ArrayPool<long>.Shared.Return(_rented);
        }
    }

    private bool TryRead(Slices texts, Span<long> numbers, out int digits)
    {
        var (shortest, longest, leadingZero) = (int.MaxValue, 0, false);
        for (var i = 0; i < numbers.Length; i++)
        {
            var text = texts[i];
            digits = text.Length - Head.Length - Tail.Length;
            if (digits is < 1 or > DigitText.MaxDigits
                || !text.StartsWith(Head)
                || !text.EndsWith(Tail)
                || (numbers[i] = DigitText.Read(text.Slice(Head.Length, digits))) < 0)
            {
                return false;
            }

            shortest = Math.Min(shortest, digits);
            longest = Math.Max(longest, digits);
            leadingZero |= digits > 1 && text[Head.Length] == '0';
        }

        digits = shortest == longest ? longest : 0;
        return digits > 0 || !leadingZero;
    }
}
