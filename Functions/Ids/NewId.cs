using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace AudienceSync.Ids;

/// <summary>Makes ids: a prefix that says what is named, then a ULID (48 bits of Unix milliseconds, 80 random bits, Crockford base 32).</summary>
/// <remarks>
/// Ids sort by the millisecond they were made in, and those of one clock and millisecond in the order they were made (github.com/ulid/spec, "Monotonicity").
/// At most 40 characters; only <c>a-z _ 0-9 A-Z</c>, so they may be keys and path segments.
/// </remarks>
public static class NewId
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private static readonly ConditionalWeakTable<TimeProvider, StrongBox<UInt128>> LastOf = [];

    /// <param name="prefix">What the id names, without the underscore: <c>seg</c>, <c>con</c>, <c>dst</c>, <c>run</c> …</param>
    public static string Create(string prefix, TimeProvider time)
    {
        var last = LastOf.GetOrCreateValue(time);
        lock (last)
        {
            var value = Draw(time.GetUtcNow());
            last.Value = value >> 80 == last.Value >> 80 ? last.Value + 1 + (uint)value : value;
            return $"{prefix}_{Write(last.Value)}";
        }
    }

    /// <summary>A ULID alone, 26 characters.</summary>
    public static string Ulid(DateTimeOffset at) => Write(Draw(at));

    private static UInt128 Draw(DateTimeOffset at)
    {
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random[6..]);
        return ((UInt128)(ulong)at.ToUnixTimeMilliseconds() << 80) | BinaryPrimitives.ReadUInt128BigEndian(random);
    }

    private static string Write(UInt128 value) => string.Create(26, value, static (span, number) =>
    {
        for (var i = span.Length - 1; i >= 0; i--)
        {
            span[i] = Alphabet[(int)(number & 31)];
            number >>= 5;
        }
    });

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
