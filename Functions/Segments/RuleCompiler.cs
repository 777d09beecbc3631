using AudienceSync.Pages;
using AudienceSync.Profiles;

namespace AudienceSync.Segments;

/// <summary>Turns a rule into predicates over the columns of a page.</summary>
public static class RuleCompiler
{
    private static readonly Func<int, bool> Always = _ => true;
    private static readonly Func<int, bool> Never = _ => false;

    /// <param name="rule">Without references to other segments: <see cref="SegmentService.ResolveAsync"/> replaces them.</param>
    /// <param name="asOf">The clock of relative dates.</param>
    /// <exception cref="ArgumentException">A reference to a segment was left in.</exception>
    public static CompiledRule Compile(RuleNode rule, DateTimeOffset asOf)
    {
        var columns = new SortedSet<string>(StringComparer.Ordinal);
        var bind = Compile(rule, asOf, columns);
        return new([.. columns], bind);
    }

    private static Func<PageReader, Func<int, bool>> Compile(RuleNode rule, DateTimeOffset asOf, SortedSet<string> columns)
    {
        switch (rule)
        {
            case RuleNode.All(var rules):
                var every = rules.Select(inner => Compile(inner, asOf, columns)).ToArray();
                return page => Group(every, page, decided: Never, neutral: Always);
            case RuleNode.Any(var rules):
                var some = rules.Select(inner => Compile(inner, asOf, columns)).ToArray();
                return page => Group(some, page, decided: Always, neutral: Never);
            case RuleNode.Not(var inner):
                var negated = Compile(inner, asOf, columns);
                return page => Negate(negated(page));
            case RuleNode.Bucket(var salt, var from, var to):
                columns.Add(ProfileColumns.Id);
                return page => page.Find(ProfileColumns.Id) is { } ids
                    ? row => ids[row] is { IsAbsent: false } id && Buckets.Of(salt, id.AsText()) is var bucket && bucket >= from && bucket < to
                    : Never;
            case RuleNode.Compare compare:
                columns.Add(compare.Attribute);
                var test = CellTests.Of(compare, asOf);
                // One indirect call a row, not two, for the negative twins.
                return compare.Operator == compare.Operator.Positive()
                    ? page => page.Find(compare.Attribute) is { } column ? row => test(column[row]) : Never
                    : page => page.Find(compare.Attribute) is { } column ? row => !test(column[row]) : Always;
            default:
                throw new ArgumentException($"The rule still refers to segment '{(rule as RuleNode.InSegment)?.SegmentId}'.", nameof(rule));
        }
    }

    /// <summary>Binds the rules of a group; those that a page without their column decides drop out here, not row by row.</summary>
    /// <param name="decided">The predicate that decides the group alone: Never for all, Always for any.</param>
    private static Func<int, bool> Group(Func<PageReader, Func<int, bool>>[] rules, PageReader page, Func<int, bool> decided, Func<int, bool> neutral)
    {
        var open = new List<Func<int, bool>>(rules.Length);
        foreach (var rule in rules)
        {
            var predicate = rule(page);
            if (ReferenceEquals(predicate, decided))
            {
                return decided;
            }

            if (!ReferenceEquals(predicate, neutral))
            {
                open.Add(predicate);
            }
        }

        var parts = open.ToArray();
        return parts switch
        {
            [] => neutral,
            [var only] => only,
            _ when ReferenceEquals(decided, Never) => row => HoldsAll(parts, row),
            _ => row => HoldsAny(parts, row),
        };
    }

    private static bool HoldsAll(Func<int, bool>[] parts, int row)
    {
        foreach (var part in parts)
        {
            if (!part(row))
            {
                return false;
            }
        }

        return true;
    }

    private static bool HoldsAny(Func<int, bool>[] parts, int row)
    {
        foreach (var part in parts)
        {
            if (part(row))
            {
                return true;
            }
        }

        return false;
    }

    private static Func<int, bool> Negate(Func<int, bool> predicate) =>
        ReferenceEquals(predicate, Always) ? Never
        : ReferenceEquals(predicate, Never) ? Always
        : row => !predicate(row);
}
