using System.Text.Json.Serialization;
using AudienceSync.Faults;

namespace AudienceSync.Segments;

/// <summary>A named rule over profiles. Its members are computed, never edited.</summary>
public sealed record Segment
{
    public const int MaxNameLength = 200;

    public const int MaxDescriptionLength = 2_000;

    /// <summary><c>seg_…</c></summary>
    public required string Id { get; init; }

    /// <summary>Unique, never changes.</summary>
    public required string Key { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required SegmentVisibility Visibility { get; init; }

    public required RuleNode Rules { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Given by the store; not part of the document.</summary>
    [JsonIgnore]
    public string ETag { get; init; } = "";
}

[JsonConverter(typeof(CamelCaseEnumConverter<SegmentVisibility>))]
public enum SegmentVisibility
{
    /// <summary>May be the source of destinations.</summary>
    Shared,

    /// <summary>For other segments and for estimates alone.</summary>
    Private,
}
