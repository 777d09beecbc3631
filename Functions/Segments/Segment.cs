using System.Text.Json.Serialization;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>A named rule over profiles. Its members are computed, never edited.</summary>
public sealed record Segment : IListed
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

    /// <summary>When the present rules took the place of others; null when they are the first.</summary>
    public DateTimeOffset? RulesUpdatedAt { get; init; }

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

/// <summary>What may be done with a segment, in one word for lists.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<SegmentStatus>))]
public enum SegmentStatus
{
    /// <summary>Nothing uses it, and destinations may not.</summary>
    Private,

    /// <summary>Nothing uses it yet.</summary>
    Shared,

    /// <summary>Something uses it, whether it is private or shared: it cannot be deleted.</summary>
    InUse,
}
