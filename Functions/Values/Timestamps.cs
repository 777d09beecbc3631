using System.Globalization;

namespace AudienceSync.Values;

/// <summary>RFC 3339 times, as every answer and payload spells them: UTC, <c>Z</c>, a fraction only where there is one.</summary>
public static class Timestamps
{
    /// <summary>Bytes of a day, <c>yyyy-MM-dd</c>.</summary>
    public const int DateBytes = 10;

    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd't'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK"];

    public static string Format(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>A calendar day, <c>yyyy-MM-dd</c>.</summary>
    public static string Format(DateOnly day) => day.ToString("O", CultureInfo.InvariantCulture);

    /// <summary>As <see cref="Format(DateOnly)"/>, in UTF-8.</summary>
    /// <param name="target"><see cref="DateBytes"/> or more.</param>
    public static void Write(DateOnly day, Span<byte> target) => day.TryFormat(target, out _, "O", CultureInfo.InvariantCulture);

    /// <summary>Reads an RFC 3339 date-time; an offset (or Z) is required, as the standard has it.</summary>
    public static bool TryParse(string text, out DateTimeOffset moment)
    {
        moment = default;
        // 20 = 2026-10-01T00:00:00Z; 7 digits of fraction and +hh:mm at most.
        if (text.Length is < 20 or > 33 || !char.IsAsciiDigit(text[0]) || !(text[^1] is 'Z' or 'z' || text[^6] is '+' or '-'))
        {
            return false;
        }

        return DateTimeOffset.TryParseExact(
            text[^1] is 'z' ? $"{text[..^1]}Z" : text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out moment);
    }

    /// <summary>Reads a calendar day, <c>yyyy-MM-dd</c>.</summary>
    public static bool TryParseDate(string text, out DateOnly day)
    {
        day = default;
        return text.Length == 10 && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
    }
}
