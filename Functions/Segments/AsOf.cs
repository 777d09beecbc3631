using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>The clock that a request wants rules evaluated at.</summary>
internal static class AsOf
{
    private const int MaxLength = 40;

    /// <summary>Reads <c>asOf</c>; null when it is not given. An unreadable one is a fault.</summary>
    public static DateTimeOffset? Read(JsonFields json)
    {
        if (json.Text("asOf", MaxLength) is not { } text)
        {
            return null;
        }

        if (Timestamps.TryParse(text, out var moment))
        {
            return moment;
        }

        json.Refuse("asOf", JsonFields.WrongType, $"'{text}' is no RFC 3339 date-time such as \"2026-10-01T00:00:00Z\".");
        return null;
    }
}
