using System.Collections.Frozen;
using System.Collections.Immutable;

namespace AudienceSync.Segments;

/// <summary>How a comparison compares. In JSON: the name in camel case.</summary>
/// <remarks>
/// <para>A positive operator is false on a missing attribute and on a value of another type. The six negative ones (<c>ne</c> and all <c>not…</c>)
/// are the exact negations of their twins, so they are true there.</para>
/// <para>Text is ordinal throughout. <c>eq ne in notIn gt gte lt lte between</c> and <c>matches</c> heed case; <c>contains startsWith endsWith</c> on text
/// ignore it. <c>contains</c> on a list is membership and heeds case.</para>
/// <para>A list is seen by <c>contains notContains exists notExists</c> only: <c>eq</c> and <c>in</c> are false on it.</para>
/// </remarks>
public enum RuleOperator
{
    /// <summary>Numbers by value across integer and decimal; days and moments by moment (a day is its midnight UTC).</summary>
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,

    /// <summary>Both ends included.</summary>
    Between,
    In,
    NotIn,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,

    /// <summary>A regular expression found anywhere in the text; anchor it with ^ and $ for the whole.</summary>
    Matches,
    Exists,
    NotExists,

    /// <summary>asOf − duration &lt; t ≤ asOf.</summary>
    WithinLast,
    NotWithinLast,

    /// <summary>asOf &lt; t ≤ asOf + duration.</summary>
    WithinNext,
    NotWithinNext,

    /// <summary>Strictly before.</summary>
    Before,

    /// <summary>Strictly after.</summary>
    After,

    /// <summary>The next yearly return of the month and day (UTC) lies between asOf's day and asOf's day + duration, both included.</summary>
    /// <remarks>The year of the value does not matter, so a day still to come counts as well. 29 February returns on 28 February in common years.</remarks>
    AnniversaryWithin,
}

internal static class RuleOperators
{
    private static readonly FrozenDictionary<string, RuleOperator> ByName =
        Enum.GetValues<RuleOperator>().ToFrozenDictionary(Name, StringComparer.Ordinal);

    public static ImmutableArray<string> Names { get; } = [.. Enum.GetValues<RuleOperator>().Select(Name)];

    public static string Name(this RuleOperator @operator)
    {
        var name = @operator.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    public static bool TryParse(string name, out RuleOperator @operator) => ByName.TryGetValue(name, out @operator);

    /// <summary>The twin that this operator negates; itself when it is positive.</summary>
    public static RuleOperator Positive(this RuleOperator @operator) => @operator switch
    {
        RuleOperator.Ne => RuleOperator.Eq,
        RuleOperator.NotIn => RuleOperator.In,
        RuleOperator.NotContains => RuleOperator.Contains,
        RuleOperator.NotExists => RuleOperator.Exists,
        RuleOperator.NotWithinLast => RuleOperator.WithinLast,
        RuleOperator.NotWithinNext => RuleOperator.WithinNext,
        _ => @operator,
    };
}
