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

/// <param name="Type">Always <c>destination</c>: nothing else locks.</param>
public sealed record SegmentLock(string Type, string Id, string Name);

/// <param name="Next">Id to go on after; null on the last page.</param>
public sealed record SegmentViews(ImmutableArray<SegmentView> Items, string? Next);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(SegmentView))]
[JsonSerializable(typeof(SegmentUser))]
[JsonSerializable(typeof(SegmentEstimate))]
[JsonSerializable(typeof(SegmentMember))]
internal sealed partial class SegmentsJson : JsonSerializerContext;
