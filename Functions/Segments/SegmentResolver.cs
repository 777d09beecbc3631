using System.Collections.Immutable;
using AudienceSync.Faults;

namespace AudienceSync.Segments;

/// <summary>Replaces references to segments by those segments' rules, all the way down.</summary>
/// <remarks>Each segment is read once: whatever is put together with one resolver looks at one version of it. For one use, and not thread-safe.</remarks>
public sealed class SegmentResolver
{
    /// <summary>Rules of a tree once its references are replaced. Ours: ten segments of full size.</summary>
    public const int MaxNodes = 5_000;

    private readonly ISegmentStore _store;
    private readonly Dictionary<string, Segment?> _read;
    private readonly Dictionary<string, Resolved> _resolved = new(StringComparer.Ordinal);

    /// <param name="known">Segments that are looked at as they are here, whatever is stored.</param>
    internal SegmentResolver(ISegmentStore store, params IEnumerable<Segment> known) =>
        (_store, _read) = (store, known.ToDictionary(segment => segment.Id, segment => (Segment?)segment, StringComparer.Ordinal));

    /// <summary>The rule of a segment, ready for <see cref="RuleCompiler.Compile(RuleNode, DateTimeOffset)"/>.</summary>
    /// <remarks>Refused when the segment is missing, or one that it refers to is, or refers back.</remarks>
    public async Task<Result<RuleNode>> ResolveAsync(string segmentId, CancellationToken cancellationToken)
    {
        if (await FindAsync(segmentId, cancellationToken) is not { } segment)
        {
            return Refusal.NotFound("segment", segmentId);
        }

        var faults = new List<Fault>();
        return await ResolveAsync(segment.Rules, "/rules", segment, faults, cancellationToken) is { } resolved ? resolved : SegmentService.RuleInvalid(faults);
    }

    /// <summary>The segment as this resolver sees it; null when there is none.</summary>
    internal async Task<Segment?> FindAsync(string segmentId, CancellationToken cancellationToken) =>
        _read.TryGetValue(segmentId, out var known) ? known : _read[segmentId] = await _store.GetAsync(segmentId, cancellationToken);

    /// <param name="rule">The rule whose references are replaced.</param>
    /// <param name="pointer">Its JSON Pointer; begins each fault's pointer.</param>
    /// <param name="owner">The segment that the rule is of, or is to be of: a way back to it is a cycle. Null for a rule on its own.</param>
    /// <param name="faults">Receives each fault, at the reference of <paramref name="rule"/> that leads to it.</param>
    /// <returns>Null when there were faults.</returns>
    internal async Task<RuleNode?> ResolveAsync(
        RuleNode rule, string pointer, Segment? owner, ICollection<Fault> faults, CancellationToken cancellationToken)
    {
        var before = faults.Count;
        ImmutableArray<Segment> path = owner is null ? [] : [owner];
        foreach (var (at, segmentId) in RuleReferences.Of(rule, pointer))
        {
            if ((await ResolveReferenceAsync(segmentId, path, cancellationToken)).Problem is var (code, detail))
            {
                faults.Add(new(at, code, detail));
            }
        }

        if (faults.Count > before)
        {
            return null;
        }

        if (SizeOf(rule) > MaxNodes)
        {
            faults.Add(new(pointer, "rule_too_large",
                $"With the rules of the segments it refers to, this makes more than {MaxNodes:N0} rules. Refer to fewer or smaller segments."));
            return null;
        }

        return Replace(rule);
    }

    private async Task<Resolved> ResolveReferenceAsync(string segmentId, ImmutableArray<Segment> path, CancellationToken cancellationToken)
    {
        if (path.Any(segment => segment.Id == segmentId))
        {
            var round = path.SkipWhile(segment => segment.Id != segmentId).Select(segment => segment.Key).ToList();
            return new(new("segment_cycle", $"The reference leads back to where it comes from: {string.Join(" → ", [.. round, round[0]])}. Remove one of these references."));
        }

        if (_resolved.TryGetValue(segmentId, out var known))
        {
            return known;
        }

        if (await FindAsync(segmentId, cancellationToken) is not { } segment)
        {
            return _resolved[segmentId] = new(new("unknown_segment", $"There is no segment '{segmentId}'. Refer to a segment by its id, seg_…."));
        }

        foreach (var (_, inner) in RuleReferences.Of(segment.Rules, ""))
        {
            if ((await ResolveReferenceAsync(inner, path.Add(segment), cancellationToken)).Problem is { } problem)
            {
                return _resolved[segmentId] = new(problem);
            }
        }

        var size = SizeOf(segment.Rules);
        return _resolved[segmentId] = size > MaxNodes
            ? new(new("rule_too_large", $"With the rules of the segments it refers to, '{segment.Key}' makes more than {MaxNodes:N0} rules. Refer to fewer or smaller segments."))
            : new(Replace(segment.Rules), size);
    }

    /// <summary>Nodes after replacing; a reference counts as what it stands for.</summary>
    private int SizeOf(RuleNode rule) =>
        RuleReferences.Count(rule) + RuleReferences.Of(rule, "").Sum(reference => _resolved[reference.SegmentId].Size - 1);

    private RuleNode Replace(RuleNode rule) => RuleReferences.Replace(
        rule, _resolved.Where(entry => entry.Value.Rule is not null).ToDictionary(entry => entry.Key, entry => entry.Value.Rule!, StringComparer.Ordinal));

    private sealed record Problem(string Code, string Detail);

    private sealed record Resolved(Problem? Problem, RuleNode? Rule, int Size)
    {
        public Resolved(Problem problem)
            : this(problem, null, 0)
        {
        }

        public Resolved(RuleNode rule, int size)
            : this(null, rule, size)
        {
        }
    }
}
