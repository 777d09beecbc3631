using System.Collections.Immutable;

namespace AudienceSync.Segments;

/// <summary>How the members of some segments lie over one another at one moment.</summary>
/// <param name="OfTotal">All profiles.</param>
/// <param name="Union">Profiles in at least one of them.</param>
/// <param name="Regions">Every combination that is no empty one, each with those who are in exactly these: they add up to the union. Small combinations first, in the order asked for.</param>
/// <param name="Intersections">Every combination of two or more, with those who are in all of these, whatever else they are in.</param>
/// <param name="Pairs">Every two, compared.</param>
public sealed record SegmentOverlap(
    DateTimeOffset AsOf,
    long OfTotal,
    long Union,
    ImmutableArray<OverlapSegment> Segments,
    ImmutableArray<OverlapRegion> Regions,
    ImmutableArray<OverlapRegion> Intersections,
    ImmutableArray<OverlapPair> Pairs);

/// <param name="Only">Members who are in none of the others.</param>
/// <param name="PercentOfTotal">Of all profiles.</param>
public sealed record OverlapSegment(string Id, string Key, string Name, long Count, long Only, decimal PercentOfTotal);

/// <param name="PercentOfUnion">Of those who are in any of the segments.</param>
public sealed record OverlapRegion(ImmutableArray<string> SegmentIds, long Count, decimal PercentOfUnion);

/// <param name="Count">Members of both.</param>
/// <param name="Union">Members of either.</param>
/// <param name="JaccardPercent">Both of either.</param>
/// <param name="Shares">Both of each, in the order of <paramref name="SegmentIds"/>.</param>
public sealed record OverlapPair(ImmutableArray<string> SegmentIds, long Count, long Union, decimal JaccardPercent, ImmutableArray<OverlapShare> Shares);

public sealed record OverlapShare(string SegmentId, decimal Percent);
