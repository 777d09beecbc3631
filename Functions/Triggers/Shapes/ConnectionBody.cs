using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Ids;

namespace AudienceSync.Triggers.Shapes;

/// <summary>A connection: an account on a platform, and what its new destinations start from.</summary>
internal sealed record ConnectionBody
{
    /// <summary>Unique, never changes. Made from the name unless given.</summary>
    [RegularExpression(Patterns.Key)]
    public string? Key { get; init; }

    /// <summary>The connector, as <c>GET /catalog/connectors</c> lists them. Never changes.</summary>
    public required string Type { get; init; }

    /// <summary>The connector's own name unless given.</summary>
    [StringLength(200)]
    public string? Name { get; init; }

    /// <summary>By the names of the connector's card, which holds a JSON Schema of them.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Settings { get; init; }

    /// <summary>Write-only, by the names of the connector's card. Null clears one; one that is not named is kept.</summary>
    public IReadOnlyDictionary<string, string?>? Secrets { get; init; }

    public DestinationDefaultsBody? Defaults { get; init; }
}

/// <summary>What new destinations of a connection start from.</summary>
internal sealed record DestinationDefaultsBody
{
    public DestinationMode? Mode { get; init; }

    /// <summary>Instead of <c>schedule</c>.</summary>
    [Range(Destinations.Schedule.MinIntervalMinutes, Destinations.Schedule.MaxIntervalMinutes)]
    public int? IntervalMinutes { get; init; }

    public ScheduleBody? Schedule { get; init; }

    [MaxLength(MappingEntry.MaxEntries)]
    public IReadOnlyList<MappingEntryBody>? Mapping { get; init; }

    /// <summary>A template that may name <c>{{segment.name}}</c> and <c>{{segment.key}}</c>.</summary>
    [StringLength(2048)]
    public string? AudienceName { get; init; }
}

internal static class Patterns
{
    /// <summary>See <see cref="Slug"/>.</summary>
    public const string Key = "^[a-z0-9][a-z0-9_-]{0,63}$";
}
