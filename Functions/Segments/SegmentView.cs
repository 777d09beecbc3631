using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>A segment as answers show it.</summary>
/// <param name="Locked">Its rules cannot change now: an enabled auto-sync destination uses it, itself or through another segment.</param>
public sealed record SegmentView(
    string Id,
    string Key,
    string Name,
    string Description,
    SegmentVisibility Visibility,
    [property: JsonPropertyName("etag")] string ETag,
    bool Locked,
    ImmutableArray<SegmentLock> LockedBy,
    RuleNode Rules,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <param name="Type"><c>destination</c>, <c>campaign</c> or <c>journey</c>: what follows the segment by itself.</param>
public sealed record SegmentLock(string Type, string Id, string Name);

/// <summary>JSON of segments: answers of the API and documents of the store. A rule at its deepest takes twice its depth.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 4 * RuleReader.MaxDepth, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(Segment))]
[JsonSerializable(typeof(SegmentView))]
[JsonSerializable(typeof(SegmentUser))]
[JsonSerializable(typeof(SegmentEstimate))]
[JsonSerializable(typeof(SegmentMember))]
internal sealed partial class SegmentsJson : JsonSerializerContext;
