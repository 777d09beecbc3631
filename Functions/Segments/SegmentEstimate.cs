using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Whom a rule holds for at one moment.</summary>
/// <param name="OfTotal">All profiles.</param>
/// <param name="PerRule">Of each rule at the top of the tree alone, as if the others were not there.</param>
/// <param name="Sample">The first members in the order of their keys; only in a preview.</param>
public sealed record SegmentEstimate(
    long Count,
    long OfTotal,
    DateTimeOffset AsOf,
    ImmutableArray<RuleMatches> PerRule,
    SegmentReach Reach,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<SegmentMember>? Sample);

/// <param name="Pointer">JSON Pointer within the rules: <c>/all/0</c>; empty when the tree is a single rule.</param>
public sealed record RuleMatches(string Pointer, long Matches);

/// <summary>Members that have the identifier.</summary>
public sealed record SegmentReach(long Email, long Phone);

/// <summary>A profile as lists of members show it.</summary>
/// <param name="Identifiers">Masked for callers who may not see them.</param>
public sealed record SegmentMember(
    string Id,
    IReadOnlyDictionary<string, string> Identifiers,
    [property: JsonConverter(typeof(CellsConverter))] IReadOnlyDictionary<string, Cell> Attributes);
