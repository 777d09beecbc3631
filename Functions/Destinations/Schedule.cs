using System.Text.Json.Serialization;

namespace AudienceSync.Destinations;

/// <summary>When a destination runs by itself: every so many minutes, by a cron expression in a time zone, or once. Exactly one of the three.</summary>
public sealed record Schedule
{
    /// <summary>Minutes. Service limits of ours: a quarter of an hour to thirty days.</summary>
    public const int MinIntervalMinutes = 15;

    public const int MaxIntervalMinutes = 43_200;

    /// <summary>What a destination gets that names no schedule: every six hours.</summary>
    public static Schedule Default { get; } = new() { IntervalMinutes = 360 };

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? IntervalMinutes { get; init; }

    /// <summary>It runs when it is enabled, and not again by itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Once { get; init; }

    /// <summary>Six fields: second, minute, hour, day of month, month, day of week.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Cron { get; init; }

    /// <summary>IANA name, such as <c>Europe/Berlin</c>; with <see cref="Cron"/> only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TimeZone { get; init; }
}
