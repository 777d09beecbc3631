using AudienceSync.Pages;
using AudienceSync.Profiles;

namespace AudienceSync.Segments;

/// <summary>Turns a rule into selections over the columns of a page. Each part looks only at the rows that the parts before it left open.</summary>
public static class RuleCompiler
{
    /// <param name="rule">Without references to other segments: <see cref="SegmentService.ResolveAsync(string, CancellationToken)"/> replaces them.</param>
    /// <param name="asOf">The clock of relative dates.</param>
    /// <exception cref="ArgumentException">A reference to a segment was left in.</exception>
    public static CompiledRule Compile(RuleNode rule, DateTimeOffset asOf)
    {
        var columns = new SortedSet<string>(StringComparer.Ordinal);
        var select = Compile(rule, asOf, columns);
        return new([.. columns], select);
    }

    private static Func<PageReader, RowSet, RowSet> Compile(RuleNode rule, DateTimeOffset asOf, SortedSet<string> columns)
    {
        switch (rule)
        {
            case RuleNode.All(var rules):
                var every = rules.Select(inner => Compile(inner, asOf, columns)).ToArray();
                return (page, among) => HoldAll(every, page, among);
            case RuleNode.Any(var rules):
                var some = rules.Select(inner => Compile(inner, asOf, columns)).ToArray();
                return (page, among) => HoldAny(some, page, among);
            case RuleNode.Not(var inner):
                var negated = Compile(inner, asOf, columns);
                return (page, among) => among.Except(negated(page, among));
            case RuleNode.Bucket(var salt, var from, var to):
                columns.Add(ProfileColumns.Id);
                var drawn = new ColumnTest { Holds = id => Buckets.Of(salt, id.ToString()) is var bucket && bucket >= from && bucket < to };
                return (page, among) => drawn.Select(page, ProfileColumns.Id, among);
            case RuleNode.Compare compare:
                columns.Add(compare.Attribute);
                var test = CellTests.Of(compare, asOf);
                return compare.Operator == compare.Operator.Positive()
                    ? (page, among) => test.Select(page, compare.Attribute, among)
                    : (page, among) => among.Except(test.Select(page, compare.Attribute, among));
            default:
                throw new ArgumentException($"The rule still refers to segment '{(rule as RuleNode.InSegment)?.SegmentId}'.", nameof(rule));
        }
    }

    private static RowSet HoldAll(Func<PageReader, RowSet, RowSet>[] rules, PageReader page, RowSet among)
    {
        foreach (var rule in rules)
        {
            if (among.IsEmpty)
            {
                break;
            }

            among = rule(page, among);
        }

        return among;
    }

    private static RowSet HoldAny(Func<PageReader, RowSet, RowSet>[] rules, PageReader page, RowSet among)
    {
        var held = among.Except(among);
        foreach (var rule in rules)
        {
            held = held.Or(rule(page, among.Except(held)));
        }

        return held;
    }
}
