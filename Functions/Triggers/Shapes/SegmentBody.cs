using System.ComponentModel.DataAnnotations;
using AudienceSync.Segments;

namespace AudienceSync.Triggers.Shapes;

/// <summary>A segment: a named rule over profiles.</summary>
internal sealed record SegmentBody
{
    /// <summary>Unique, never changes. Made from the name unless given.</summary>
    [RegularExpression(Patterns.Key)]
    public string? Key { get; init; }

    [StringLength(Segment.MaxNameLength, MinimumLength = 1)]
    public required string Name { get; init; }

    [StringLength(Segment.MaxDescriptionLength)]
    public string? Description { get; init; }

    /// <summary><c>shared</c> unless given.</summary>
    public SegmentVisibility? Visibility { get; init; }

    public required RuleNode Rules { get; init; }
}

/// <summary>New rules, and a new name and description where they are to change.</summary>
internal sealed record SegmentDraftBody
{
    public required RuleNode Rules { get; init; }

    /// <summary>The segment keeps its own unless given.</summary>
    [StringLength(Segment.MaxNameLength, MinimumLength = 1)]
    public string? Name { get; init; }

    /// <summary>The segment keeps its own unless given.</summary>
    [StringLength(Segment.MaxDescriptionLength)]
    public string? Description { get; init; }
}

/// <summary>Segments to compare.</summary>
internal sealed record OverlapBody
{
    /// <summary>Two to five.</summary>
    [MinLength(2), MaxLength(OverlapCounts.MaxSegments)]
    public required IReadOnlyList<string> SegmentIds { get; init; }

    /// <summary>The moment that dates are compared with; now unless given.</summary>
    public DateTimeOffset? AsOf { get; init; }
}

/// <summary>A rule to try.</summary>
internal sealed record EstimateBody
{
    public required RuleNode Rules { get; init; }

    /// <summary>The moment that dates are compared with; now unless given.</summary>
    public DateTimeOffset? AsOf { get; init; }
}

/// <summary>When: may be left out.</summary>
internal sealed record MomentBody
{
    /// <summary>The moment that dates are compared with; now unless given.</summary>
    public DateTimeOffset? AsOf { get; init; }
}
