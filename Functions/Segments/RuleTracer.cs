using System.Collections.Immutable;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Evaluates a rule over one profile, condition by condition: each comparison and each draw by <see cref="RuleCompiler"/>, as a run does.</summary>
/// <param name="profile">As it stands in the profile store.</param>
/// <param name="asOf">The clock of relative dates.</param>
/// <param name="find">Reads a segment that is referred to.</param>
/// <param name="isUnmasked">Whether the caller sees identifiers of people.</param>
internal sealed class RuleTracer(Row profile, DateTimeOffset asOf, Func<string, CancellationToken, Task<Segment?>> find, bool isUnmasked)
{
    private readonly PageReader _page = SinglePage.Of(profile);

    /// <param name="rule">May refer to segments, which are there and do not lead back: see <see cref="SegmentService.ResolveAsync(string, CancellationToken)"/>.</param>
    /// <param name="pointer">Of the rule in its document.</param>
    public async Task<RuleTrace> TraceAsync(RuleNode rule, string pointer, CancellationToken cancellationToken)
    {
        switch (rule)
        {
            case RuleNode.All(var rules):
                var every = await TraceAsync(rules, $"{pointer}/all", cancellationToken);
                return new RuleTrace.Group(pointer, every.All(part => part.Result), IsAll: true, every);
            case RuleNode.Any(var rules):
                var some = await TraceAsync(rules, $"{pointer}/any", cancellationToken);
                return new RuleTrace.Group(pointer, some.Any(part => part.Result), IsAll: false, some);
            case RuleNode.Not(var inner):
                var negated = await TraceAsync(inner, $"{pointer}/not", cancellationToken);
                return new RuleTrace.Not(pointer, !negated.Result, negated);
            case RuleNode.InSegment(var segmentId):
                var segment = await find(segmentId, cancellationToken) ?? throw new InvalidOperationException($"Segment {segmentId} is gone while a rule that names it is looked at.");
                var members = await TraceAsync(segment.Rules, "/rules", cancellationToken);
                return new RuleTrace.Segment(pointer, members.Result, segmentId, segment.Key, segment.Name, members);
            case RuleNode.Bucket bucket:
                return new RuleTrace.Bucket(pointer, Holds(rule), bucket, Buckets.Of(bucket.Salt, profile[ProfileColumns.Id].ToString()));
            case RuleNode.Compare compare:
                var seen = MemberViews.Show(compare.Attribute, profile[compare.Attribute], isUnmasked);
                return new RuleTrace.Compare(pointer, Holds(rule), compare, seen, IsRelative(compare.Operator) ? asOf : null);
            default:
                throw new ArgumentException($"A rule of the kind {rule.GetType().Name} is not known.", nameof(rule));
        }
    }

    private async Task<ImmutableArray<RuleTrace>> TraceAsync(ImmutableArray<RuleNode> rules, string pointer, CancellationToken cancellationToken)
    {
        var traces = ImmutableArray.CreateBuilder<RuleTrace>(rules.Length);
        foreach (var (index, rule) in rules.Index())
        {
            traces.Add(await TraceAsync(rule, $"{pointer}/{index}", cancellationToken));
        }

        return traces.MoveToImmutable();
    }

    private bool Holds(RuleNode leaf) => RuleCompiler.Compile(leaf, asOf).Select(_page)[0];

    private static bool IsRelative(RuleOperator @operator) => @operator.Positive() is RuleOperator.WithinLast or RuleOperator.WithinNext or RuleOperator.AnniversaryWithin;
}
