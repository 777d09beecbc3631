using System.Buffers.Binary;

namespace AudienceSync.Pages.Columns;

/// <summary>Numbers as decimal digits in ASCII and back, eight digits at a time: each step works on all lanes of a word at once.</summary>
internal static class DigitText
{
    /// <summary>Every number of so many digits fits 63 bits.</summary>
    public const int MaxDigits = 18;

    private const int WordDigits = sizeof(ulong);
    private const ulong WordNumbers = 100_000_000; // of eight digits
    private const ulong Zeros = 0x3030303030303030;

    private static ReadOnlySpan<ulong> PowersOfTen => [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, WordNumbers];

    /// <param name="digits">One to <see cref="MaxDigits"/> bytes.</param>
    /// <returns>The number; −1 when a byte is no digit.</returns>
    public static long Read(ReadOnlySpan<byte> digits)
    {
        if (digits.Length < WordDigits)
        {
            return Join(Load(digits) ^ Zeros, 0, digits.Length);
        }

        long number = 0;
        var rest = digits;
        for (; rest.Length >= WordDigits && number >= 0; rest = rest[WordDigits..])
        {
            number = Join(BinaryPrimitives.ReadUInt64LittleEndian(rest) ^ Zeros, number, WordDigits);
        }

        if (rest.IsEmpty || number < 0)
        {
            return number;
        }

        // The last eight, zeros in place of those that were read before.
        var known = ulong.MaxValue << (8 * (WordDigits - rest.Length));
        return Join((BinaryPrimitives.ReadUInt64LittleEndian(digits[^WordDigits..]) ^ Zeros) & known, number, rest.Length);
    }

    /// <summary>Writes a number with zeros before it, as many digits as there is room for.</summary>
    /// <returns>False when it has more.</returns>
    public static bool TryWrite(ulong number, Span<byte> digits)
    {
        if (digits.Length < WordDigits)
        {
            return TryWriteFew(number, digits);
        }

        for (var rest = digits; rest.Length >= WordDigits; rest = rest[..^WordDigits])
        {
            (number, var last) = Math.DivRem(number, WordNumbers);
            BinaryPrimitives.WriteUInt64LittleEndian(rest[^WordDigits..], Split(last) | Zeros);
        }

        // What is left stands before the first of those words, whose digits are among the eight that are written once more.
        var left = digits.Length % WordDigits;
        if (left > 0)
        {
            var written = BinaryPrimitives.ReadUInt64LittleEndian(digits[left..]);
            var word = ((Split(number % WordNumbers) | Zeros) >> (8 * (WordDigits - left))) | (written << (8 * left));
            BinaryPrimitives.WriteUInt64LittleEndian(digits, word);
        }

        return number < PowersOfTen[left];
    }

    /// <summary>Digits of a number without zeros before it, <see cref="MaxDigits"/> at most.</summary>
    public static int Count(ulong number)
    {
        var digits = 1;
        for (ulong limit = 10; digits < MaxDigits && number >= limit; limit *= 10)
        {
            digits++;
        }

        return digits;
    }

    private static bool TryWriteFew(ulong number, Span<byte> digits)
    {
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            (number, var digit) = Math.DivRem(number, 10);
            digits[i] = (byte)('0' + digit);
        }

        return number == 0;
    }

    /// <summary>Fewer than eight digits, with zeros before them.</summary>
    private static ulong Load(ReadOnlySpan<byte> digits)
    {
        var word = Zeros;
        foreach (var digit in digits)
        {
            word = (word >> 8) | ((ulong)digit << 56);
        }

        return word;
    }

    /// <summary>A number with more digits behind it.</summary>
    /// <param name="word">Digits from 0 to 9, the first in the lowest byte; zeros before them when they are fewer than eight.</param>
    /// <returns>−1 when one is none.</returns>
    private static long Join(ulong word, long number, int digits) =>
        ((word | (word + 0x0606060606060606)) & 0xF0F0F0F0F0F0F0F0) == 0 // six more do not reach the high half of its byte
            ? (number * (long)PowersOfTen[digits]) + (long)Join(word)
            : -1;

    /// <summary>The number of eight digits, the first in the lowest byte: pairs, then fours, then all.</summary>
    private static ulong Join(ulong word)
    {
        word = (word * 10) + (word >> 8);
        return (((word & 0x000000FF000000FF) * 0x000F424000000064) + (((word >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >> 32;
    }

    /// <summary>The eight digits of a number, the first in the lowest byte: fours, then pairs, then each. Multiplying and shifting stands for dividing by 100 and by 10.</summary>
    private static ulong Split(ulong number)
    {
        var fours = (number / 10_000) | ((number % 10_000) << 32);
        var hundreds = ((fours * 10_486) >> 20) & 0x0000007F0000007F;
        var pairs = hundreds | ((fours - (hundreds * 100)) << 16);
        var tens = ((pairs * 103) >> 10) & 0x000F000F000F000F;
        return tens | ((pairs - (tens * 10)) << 8);
    }
}
