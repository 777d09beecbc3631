using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace AudienceSync.Segments;

/// <summary>A rule over one profile: a closed family, made by <see cref="RuleReader"/>, so a tree at hand is within all limits.</summary>
[JsonConverter(typeof(RuleJsonConverter))]
public abstract record RuleNode
{
    private RuleNode()
    {
    }

    /// <summary>Holds when every rule holds; never empty.</summary>
    public sealed record All(ImmutableArray<RuleNode> Rules) : RuleNode;

    /// <summary>Holds when at least one rule holds; never empty.</summary>
    public sealed record Any(ImmutableArray<RuleNode> Rules) : RuleNode;

    public sealed record Not(RuleNode Rule) : RuleNode;

    /// <summary>Compares one attribute, one identifier (<see cref="Profiles.ProfileColumns.Identifiers"/>) or the <c>id</c>.</summary>
    public sealed record Compare(string Attribute, RuleOperator Operator, RuleOperand Operand) : RuleNode;

    /// <summary>Holds for the members of another segment. Replaced by that segment's rule before compiling.</summary>
    public sealed record InSegment(string SegmentId) : RuleNode;

    /// <summary>Holds when <see cref="Buckets.Of"/> lies in [<paramref name="From"/>, <paramref name="To"/>).</summary>
    public sealed record Bucket(string Salt, int From, int To) : RuleNode;
}
