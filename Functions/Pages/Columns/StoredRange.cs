using System.Numerics;

namespace AudienceSync.Pages.Columns;

/// <summary>A range of stored numbers, both ends included.</summary>
internal readonly record struct StoredRange(long First, long Last)
{
    /// <summary>The range of digits at a scale whose numbers lie in the range; null when there are none.</summary>
    public static StoredRange? Of(NumberRange range, int scale)
    {
        var first = range.Low is { } low ? Ceiling(low, scale, range.IncludesLow) : long.MinValue;
        var last = range.High is { } high ? Floor(high, scale, range.IncludesHigh) : long.MaxValue;
        return Between(first, last);
    }

    /// <summary>The range of numbers of units whose moments lie in the range; null when there are none.</summary>
    /// <param name="unit">Ticks.</param>
    public static StoredRange? Of(TickRange ticks, long unit) => Between(Divide(ticks.First, unit, roundsUp: true), Divide(ticks.Last, unit, roundsUp: false));

    private static StoredRange? Between(BigInteger first, BigInteger last) =>
        first > last || first > long.MaxValue || last < long.MinValue
            ? null
            : new((long)BigInteger.Max(first, long.MinValue), (long)BigInteger.Min(last, long.MaxValue));

    private static BigInteger Ceiling(decimal value, int scale, bool includes)
    {
        var (digits, divisor) = Scaled(value, scale);
        var quotient = Divide(digits, divisor, roundsUp: true);
        return includes || quotient * divisor != digits ? quotient : quotient + 1;
    }

    private static BigInteger Floor(decimal value, int scale, bool includes)
    {
        var (digits, divisor) = Scaled(value, scale);
        var quotient = Divide(digits, divisor, roundsUp: false);
        return includes || quotient * divisor != digits ? quotient : quotient - 1;
    }

    /// <summary>The value times ten to the power of the scale, as a fraction of whole numbers.</summary>
    private static (BigInteger Digits, BigInteger Divisor) Scaled(decimal value, int scale)
    {
        Span<int> words = stackalloc int[4];
        decimal.GetBits(value, words);
        var digits = ((BigInteger)(uint)words[2] << 64) | ((BigInteger)(uint)words[1] << 32) | (uint)words[0];
        return ((value < 0 ? -digits : digits) * BigInteger.Pow(10, scale), BigInteger.Pow(10, value.Scale));
    }

    private static BigInteger Divide(BigInteger number, BigInteger divisor, bool roundsUp)
    {
        var quotient = BigInteger.DivRem(number, divisor, out var rest);
        return rest.IsZero ? quotient : roundsUp ? (rest.Sign > 0 ? quotient + 1 : quotient) : (rest.Sign < 0 ? quotient - 1 : quotient);
    }
}
