using System.Collections.Immutable;
using AudienceSync.Faults;
using AudienceSync.Segments;

namespace AudienceSync.Destinations;

/// <summary>Knows one kind of sources: what it is when a destination is saved, whom it holds when one runs.</summary>
public interface IMemberSource
{
    /// <summary>Whether the source is of this kind.</summary>
    bool Knows(DestinationSource source);

    /// <summary>Looks the source up for a destination that is to be saved.</summary>
    /// <param name="pointer">Of the source in the request.</param>
    /// <param name="faults">Receives everything wrong with it.</param>
    /// <returns>Null when there is no such source.</returns>
    Task<SourceFacts?> CheckAsync(DestinationSource source, string pointer, ICollection<Fault> faults, CancellationToken cancellationToken);

    /// <summary>Whom the source holds.</summary>
    /// <param name="segments">The segments as they are to be seen: all that the source is put together from is read by it, so that it looks at one version of each.</param>
    Task<Result<SourceMembers>> ResolveAsync(DestinationSource source, SegmentResolver segments, CancellationToken cancellationToken);
}

/// <summary>What a destination takes from its source where it says nothing itself, and what the source decides for it.</summary>
public sealed record SourceFacts(string Name, string Key, string Description)
{
    /// <summary>The campaign or journey that owns the source's destinations, as sentences name it; null for a segment.</summary>
    public string? OwnerName { get; init; }

    /// <summary>Whether its destinations may be enabled.</summary>
    public bool IsOn { get; init; } = true;

    /// <summary>When its destinations run; null leaves that to them.</summary>
    public Schedule? Schedule { get; init; }

    /// <summary>See <see cref="Destination.NotBefore"/>.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Whoever is in the source stays in it: members are added to lists and never removed, and events say that they entered.</summary>
    public bool AddsOnly { get; init; }
}

/// <summary>Whom a source holds.</summary>
/// <param name="Rules">With all references put in their place.</param>
/// <param name="Holdout">Members whom this rule holds for are never delivered; null holds nobody out.</param>
public sealed record SourceMembers(RuleNode Rules, RuleNode? Holdout = null)
{
    /// <summary>The query whose rows the rules are evaluated on; null for profiles.</summary>
    public DestinationSource.OfQuery? Query { get; init; }

    /// <summary>What the destination leaves out, with all references put in their place.</summary>
    public ImmutableArray<MemberFilter> Filters { get; init; } = [];
}
