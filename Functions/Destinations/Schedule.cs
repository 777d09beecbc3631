using System.Text.Json.Serialization;

namespace AudienceSync.Destinations;

/// <summary>When a destination runs by itself: every so many minutes, or by a cron expression in a time zone. Exactly one of the two.</summary>
public sealed record Schedule
{
    /// <summary>Minutes. Service limits of ours: a quarter of an hour to thirty days.</summary>
    public const int MinIntervalMinutes = 15;

    public const int MaxIntervalMinutes = 43_200;

    /// <summary>What a destination gets that names no schedule: every six hours.</summary>
    public static Schedule Default { get; } = new() { IntervalMinutes = 360 };

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? IntervalMinutes { get; init; }

    /// <summary>Six fields: second, minute, hour, day of month, month, day of week.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Cron { get; init; }

    /// <summary>IANA name, such as <c>Europe/Berlin</c>; with <see cref="Cron"/> only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TimeZone { get; init; }
}
