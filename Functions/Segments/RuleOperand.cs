using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>What a comparison compares with; the operator decides the case.</summary>
public abstract record RuleOperand
{
    private RuleOperand()
    {
    }

    /// <summary><c>exists</c> and its twin take no value.</summary>
    public sealed record None : RuleOperand
    {
        public static None Value { get; } = new();
    }

    /// <summary>One value; of <c>matches</c> the pattern.</summary>
    public sealed record One(Cell Value) : RuleOperand;

    /// <summary>Both ends included, of one kind, low ≤ high.</summary>
    public sealed record Range(Cell Low, Cell High) : RuleOperand;

    /// <summary>At least one value; their types may differ.</summary>
    public sealed record Many(ImmutableArray<Cell> Values) : RuleOperand;

    public sealed record Span(RuleDuration Duration) : RuleOperand;
}
