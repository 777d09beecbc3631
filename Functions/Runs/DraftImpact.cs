using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Destinations;
using AudienceSync.Segments;

namespace AudienceSync.Runs;

/// <summary>Who would enter and who would leave if a draft were published.</summary>
/// <param name="Stale">The segment has changed since the draft was made: it is not published as it is.</param>
/// <param name="OfTotal">All profiles.</param>
/// <param name="Before">Members by the present rules.</param>
/// <param name="After">Members by the draft's.</param>
/// <param name="Destinations">All that use the segment, itself or through other segments, campaigns and journeys.</param>
public sealed record DraftImpact(
    string SegmentId,
    bool Stale,
    DateTimeOffset AsOf,
    long OfTotal,
    long Before,
    long After,
    ImpactPeople Entering,
    ImpactPeople Leaving,
    long Staying,
    ImmutableArray<DestinationImpact> Destinations);

/// <param name="Sample">The first of them in the order of their keys, which is as good as any; at most <see cref="DraftImpacts.SampleSize"/>.</param>
public sealed record ImpactPeople(long Count, ImmutableArray<SegmentMember> Sample);

/// <summary>What the next run of a destination would do by the draft's rules: whom its gates let through beside whom it holds.</summary>
public sealed record DestinationImpact
{
    public required string Id { get; init; }

    public required string Key { get; init; }

    public required string Name { get; init; }

    public required DestinationMode Mode { get; init; }

    public required bool Enabled { get; init; }

    /// <summary>What stands between the segment and the destination, from the segment on; empty when it takes its members from the segment itself.</summary>
    public required ImmutableArray<ImpactLink> Through { get; init; }

    /// <summary>Members of its source by the draft's rules.</summary>
    public long Members { get; init; }

    /// <summary>Those of them whom the gates let through.</summary>
    public long Deliverable { get; init; }

    /// <summary>Those of these whom its filters leave out.</summary>
    public long FilteredAtDestination { get; init; }

    /// <summary>Whom the destination holds now.</summary>
    public long Accepted { get; init; }

    /// <summary>To be sent, and not held.</summary>
    public ImpactPeople Entering { get; init; } = new(0, []);

    /// <summary>Held, and not to be there any more.</summary>
    public ImpactPeople Leaving { get; init; } = new(0, []);

    /// <summary>Held, and to be there.</summary>
    public long Staying { get; init; }

    /// <summary>What the next run would do by the present rules.</summary>
    public ImpactNumbers WithoutDraft { get; init; } = new(0, 0);

    /// <summary>Whether the destination's mode removes whoever leaves; else they stay where they are.</summary>
    public bool Removes { get; init; }

    /// <summary>Why a guard would hold that run; null when none would.</summary>
    public string? HeldBecause { get; init; }

    /// <summary>Why nothing can be said about the destination.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Problem { get; init; }
}

/// <param name="Type"><c>segment</c>, <c>campaign</c> or <c>journey</c>.</param>
public sealed record ImpactLink(string Type, string Id, string Name);

public sealed record ImpactNumbers(long Entering, long Leaving);
