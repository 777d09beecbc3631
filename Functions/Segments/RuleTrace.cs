using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>A rule over one profile: each condition with the value that it saw and what it came to.</summary>
/// <param name="Pointer">JSON Pointer of the condition in the segment that it stands in, such as <c>/rules/all/0</c>.</param>
[JsonConverter(typeof(RuleTraceConverter))]
public abstract record RuleTrace(string Pointer, bool Result)
{
    /// <summary><c>all</c> or <c>any</c>. Every part is evaluated, also where one of them decides.</summary>
    public sealed record Group(string Pointer, bool Result, bool IsAll, ImmutableArray<RuleTrace> Rules) : RuleTrace(Pointer, Result);

    public sealed record Not(string Pointer, bool Result, RuleTrace Rule) : RuleTrace(Pointer, Result);

    /// <param name="Seen">The profile's value, masked where it names a person; absent when there is none.</param>
    /// <param name="AsOf">The clock, where the operator counts from it; else null.</param>
    public sealed record Compare(string Pointer, bool Result, RuleNode.Compare Rule, Cell Seen, DateTimeOffset? AsOf) : RuleTrace(Pointer, Result);

    /// <param name="Drawn">The profile's bucket.</param>
    public sealed record Bucket(string Pointer, bool Result, RuleNode.Bucket Rule, int Drawn) : RuleTrace(Pointer, Result);

    /// <summary>A reference, with the rule of the segment that it names; pointers within are of that segment.</summary>
    public sealed record Segment(string Pointer, bool Result, string SegmentId, string Key, string Name, RuleTrace Rule) : RuleTrace(Pointer, Result);
}
