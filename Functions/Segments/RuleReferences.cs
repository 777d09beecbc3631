using System.Collections.Immutable;
using System.Diagnostics;

namespace AudienceSync.Segments;

/// <summary>What a rule refers to: other segments, attributes.</summary>
internal static class RuleReferences
{
    /// <summary>Each reference with its pointer, in the order of the document; one segment may come several times.</summary>
    public static IEnumerable<(string Pointer, string SegmentId)> Of(RuleNode rule, string pointer) => rule switch
    {
        RuleNode.All(var rules) => rules.SelectMany((inner, index) => Of(inner, $"{pointer}/all/{index}")),
        RuleNode.Any(var rules) => rules.SelectMany((inner, index) => Of(inner, $"{pointer}/any/{index}")),
        RuleNode.Not(var inner) => Of(inner, $"{pointer}/not"),
        RuleNode.InSegment(var segmentId) => [($"{pointer}/segment", segmentId)],
        _ => [],
    };

    public static ImmutableHashSet<string> IdsOf(RuleNode rule) => [.. Of(rule, "").Select(reference => reference.SegmentId)];

    /// <summary>The attributes, identifiers and ids that a rule compares itself, each once.</summary>
    public static ImmutableHashSet<string> AttributesOf(RuleNode rule) => rule switch
    {
        RuleNode.All(var rules) => [.. rules.SelectMany(AttributesOf)],
        RuleNode.Any(var rules) => [.. rules.SelectMany(AttributesOf)],
        RuleNode.Not(var inner) => AttributesOf(inner),
        RuleNode.Compare { Attribute: var name } => [name],
        _ => [],
    };

    /// <summary>The rule with each reference replaced by what <paramref name="rules"/> holds for it.</summary>
    public static RuleNode Replace(RuleNode rule, IReadOnlyDictionary<string, RuleNode> rules) => rule switch
    {
        RuleNode.All(var inner) => new RuleNode.All([.. inner.Select(node => Replace(node, rules))]),
        RuleNode.Any(var inner) => new RuleNode.Any([.. inner.Select(node => Replace(node, rules))]),
        RuleNode.Not(var inner) => new RuleNode.Not(Replace(inner, rules)),
        RuleNode.InSegment(var segmentId) => rules[segmentId],
        RuleNode.Compare or RuleNode.Bucket => rule,
        _ => throw new UnreachableException(),
    };

    /// <summary>Rules of a tree, groups and each repetition of a shared part included.</summary>
    public static int Count(RuleNode rule) => 1 + rule switch
    {
        RuleNode.All(var rules) => rules.Sum(Count),
        RuleNode.Any(var rules) => rules.Sum(Count),
        RuleNode.Not(var inner) => Count(inner),
        _ => 0,
    };
}
