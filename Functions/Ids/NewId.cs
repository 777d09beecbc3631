using System.Security.Cryptography;

namespace AudienceSync.Ids;

/// <summary>Makes ids: a prefix that says what is named, then a ULID (48 bits of Unix milliseconds, 80 random bits, Crockford base 32).</summary>
/// <remarks>Ids sort by the millisecond they were made in. At most 40 characters; only <c>a-z _ 0-9 A-Z</c>, so they may be keys and path segments.</remarks>
public static class NewId
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <param name="prefix">What the id names, without the underscore: <c>seg</c>, <c>con</c>, <c>dst</c>, <c>run</c> …</param>
    public static string Create(string prefix, TimeProvider time) => $"{prefix}_{Ulid(time.GetUtcNow())}";

    /// <summary>A ULID alone, 26 characters.</summary>
    public static string Ulid(DateTimeOffset at)
    {
        Span<byte> random = stackalloc byte[10];
        RandomNumberGenerator.Fill(random);
        var value = (UInt128)(ulong)at.ToUnixTimeMilliseconds() << 80;
        foreach (var (index, part) in random.ToArray().Index())
        {
            value |= (UInt128)part << (72 - (8 * index));
        }

        return string.Create(26, value, static (span, number) =>
        {
            for (var i = span.Length - 1; i >= 0; i--)
            {
                span[i] = Alphabet[(int)(number & 31)];
                number >>= 5;
            }
        });
    }

    /// <summary>When the id was made, to the millisecond; null when the text is not one of our ids.</summary>
    public static DateTimeOffset? TimeOf(string id)
    {
        var ulid = id.AsSpan(id.LastIndexOf('_') + 1);
        if (ulid.Length != 26)
        {
            return null;
        }

        long milliseconds = 0;
        foreach (var letter in ulid[..10])
        {
            var digit = Alphabet.IndexOf(letter, StringComparison.Ordinal);
            if (digit < 0)
            {
                return null;
            }

            milliseconds = (milliseconds << 5) | (uint)digit;
        }

        return milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
    }
}
