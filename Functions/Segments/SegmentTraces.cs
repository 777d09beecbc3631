using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Says of segments whether a profile is in them, and why.</summary>
public sealed class SegmentTraces(ISegmentStore store, IEnumerable<ISegmentUsage> usages)
{
    /// <summary>Rules within rules that are shown: JSON takes two levels for each, and readers take some hundreds.</summary>
    private const int MaxDepth = 300;

    /// <param name="ids">The segments that are asked for; null for all.</param>
    /// <param name="isUnmasked">Whether the caller sees identifiers of people.</param>
    internal async Task<ListPage<SegmentMembership>> ReadAsync(
        Row profile, IReadOnlyCollection<string>? ids, PageRequest page, DateTimeOffset asOf, bool isUnmasked, CancellationToken cancellationToken)
    {
        var users = await SegmentUsers.ReadAsync(store, usages, cancellationToken);
        var resolver = new SegmentResolver(store, users.All);
        var tracer = new RuleTracer(profile, asOf, resolver.FindAsync, isUnmasked);
        var chosen = ListPage.Of(users.All.Where(segment => ids is null || ids.Contains(segment.Id)), page, segment => segment.Id);
        var traced = ImmutableArray.CreateBuilder<SegmentMembership>(chosen.Items.Count);
        foreach (var segment in chosen.Items)
        {
            var faults = new List<Fault>();
            var isSound = await resolver.ResolveAsync(segment.Rules, "/rules", segment, faults, cancellationToken) is not null;
            var trace = isSound ? await tracer.TraceAsync(segment.Rules, "/rules", cancellationToken) : null;
            var isShown = trace is null || DepthOf(trace) <= MaxDepth;
            traced.Add(new(
                segment.Id, segment.Key, segment.Name, users.StatusOf(segment), trace?.Result, isShown ? trace : null,
                isShown ? faults.FirstOrDefault()?.Detail : $"With the segments it refers to, the rule is nested more than {MaxDepth} deep: too deep to be shown."));
        }

        return new(traced.DrainToImmutable(), chosen.Next);
    }

    private static int DepthOf(RuleTrace trace) => 1 + trace switch
    {
        RuleTrace.Group group => group.Rules.Max(DepthOf),
        RuleTrace.Not negated => DepthOf(negated.Rule),
        RuleTrace.Segment segment => DepthOf(segment.Rule),
        _ => 0,
    };
}

/// <param name="Member">Null when the rule cannot be evaluated.</param>
/// <param name="Problem">Why it cannot.</param>
public sealed record SegmentMembership(
    string Id,
    string Key,
    string Name,
    SegmentStatus Status,
    bool? Member,
    RuleTrace? Trace,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Problem);
