using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>A segment as answers show it.</summary>
/// <param name="Locked">Its rules cannot change now, but by publishing a draft: an enabled auto-sync destination uses it, itself or through another segment.</param>
/// <param name="Size">Members when they were last counted under these rules; null when they never were.</param>
/// <param name="SizeAsOf">The clock of that count.</param>
/// <param name="Trend">The counts of the last days, the newest last.</param>
/// <param name="Draft">That new rules wait to be published; null when there are none.</param>
/// <param name="PreviousRules">The rules before these; null in lists, and when they never changed.</param>
public sealed record SegmentView(
    string Id,
    string Key,
    string Name,
    string Description,
    SegmentVisibility Visibility,
    SegmentStatus Status,
    [property: JsonPropertyName("etag")] string ETag,
    bool Locked,
    ImmutableArray<SegmentLock> LockedBy,
    RuleNode Rules,
    long? Size,
    DateTimeOffset? SizeAsOf,
    ImmutableArray<SegmentTrendPoint> Trend,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SegmentDraftNote? Draft,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset RulesUpdatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RuleNode? PreviousRules);

public sealed record SegmentTrendPoint(DateTimeOffset AsOf, long Size);

/// <param name="Stale">The segment has changed since the draft was made: it is not published as it is.</param>
public sealed record SegmentDraftNote(DateTimeOffset UpdatedAt, bool Stale);

/// <summary>A draft as answers show it.</summary>
/// <param name="Name">The new name; null when the segment keeps its own.</param>
/// <param name="Description">The new description; null when the segment keeps its own.</param>
/// <param name="BaseETag">The version of the segment that it was made for.</param>
public sealed record SegmentDraftView(
    string SegmentId,
    RuleNode Rules,
    string? Name,
    string? Description,
    [property: JsonPropertyName("baseEtag")] string BaseETag,
    bool Stale,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    [property: JsonPropertyName("etag")] string ETag);

/// <param name="Type"><c>destination</c>, <c>campaign</c> or <c>journey</c>: what follows the segment by itself.</param>
public sealed record SegmentLock(string Type, string Id, string Name);

/// <summary>JSON of segments: answers of the API and documents of the store. A rule at its deepest takes twice its depth.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 4 * RuleReader.MaxDepth, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(Segment))]
[JsonSerializable(typeof(SegmentView))]
[JsonSerializable(typeof(SegmentDraft))]
[JsonSerializable(typeof(SegmentDraftView))]
[JsonSerializable(typeof(SegmentSize))]
[JsonSerializable(typeof(SegmentUser))]
[JsonSerializable(typeof(SegmentOverlap))]
[JsonSerializable(typeof(SegmentEstimate))]
[JsonSerializable(typeof(SegmentMember))]
internal sealed partial class SegmentsJson : JsonSerializerContext;
