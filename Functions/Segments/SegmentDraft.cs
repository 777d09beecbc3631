using System.Text.Json.Serialization;

namespace AudienceSync.Segments;

/// <summary>New rules of a segment that wait to be published; also while the segment is locked. A segment has one at most.</summary>
public sealed record SegmentDraft
{
    public required string SegmentId { get; init; }

    public required RuleNode Rules { get; init; }

    /// <summary>Null leaves the segment's own.</summary>
    public string? Name { get; init; }

    /// <summary>Null leaves the segment's own.</summary>
    public string? Description { get; init; }

    /// <summary>ETag of the segment that it was made for: once the segment has another one the draft is stale, and is not published.</summary>
    public required string BaseETag { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Given by the store, empty for one not stored yet; not part of the document.</summary>
    [JsonIgnore]
    public string ETag { get; init; } = "";

    public SegmentDraftMark ToMark() => new(SegmentId, BaseETag, UpdatedAt);
}

/// <summary>That there is a draft, and for which version of the segment.</summary>
public sealed record SegmentDraftMark(string SegmentId, string BaseETag, DateTimeOffset UpdatedAt);
