using System.Collections.Immutable;

namespace AudienceSync.Segments;

/// <summary>Who uses which segment: other segments by their rules, the rest as <see cref="ISegmentUsage"/> knows. A view of one moment.</summary>
internal sealed class SegmentUsers
{
    public const string SegmentType = "segment";

    private readonly ILookup<string, SegmentUse> _uses;
    private readonly ILookup<string, Segment> _referrers;

    private SegmentUsers(IEnumerable<SegmentUse> uses, ImmutableArray<Segment> segments)
    {
        All = segments;
        _uses = uses.ToLookup(use => use.SegmentId, StringComparer.Ordinal);
        _referrers = segments
            .SelectMany(segment => RuleReferences.IdsOf(segment.Rules).Select(id => (Id: id, Segment: segment)))
            .ToLookup(reference => reference.Id, reference => reference.Segment, StringComparer.Ordinal);
    }

    /// <summary>What nobody uses yet.</summary>
    public static SegmentUsers Nobody { get; } = new([], []);

    /// <summary>Every segment, sorted by id.</summary>
    public ImmutableArray<Segment> All { get; }

    public static async Task<SegmentUsers> ReadAsync(ISegmentStore store, IEnumerable<ISegmentUsage> usages, CancellationToken cancellationToken)
    {
        var segments = await store.ListAllAsync(cancellationToken).ToListAsync(cancellationToken);
        var uses = new List<SegmentUse>();
        foreach (var usage in usages)
        {
            uses.AddRange(await usage.ReadAsync(cancellationToken));
        }

        return new(uses, [.. segments]);
    }

    /// <summary>What uses the segment directly. A segment locks it when it is itself locked.</summary>
    public ImmutableArray<SegmentUser> Of(string segmentId) =>
    [
        .. UsersOf(segmentId),
        .. _referrers[segmentId].Select(segment => new SegmentUser(SegmentType, segment.Id, segment.Name, !LocksOf(segment.Id).IsEmpty)),
    ];

    public SegmentStatus StatusOf(Segment segment) =>
        _uses.Contains(segment.Id) || _referrers.Contains(segment.Id) ? SegmentStatus.InUse
        : segment.Visibility is SegmentVisibility.Private ? SegmentStatus.Private
        : SegmentStatus.Shared;

    /// <summary>What syncs the segment by itself, directly or through other segments: enabled auto-sync destinations, and campaigns and journeys that have some; each once.</summary>
    public ImmutableArray<SegmentUser> LocksOf(string segmentId) => [.. FollowersOf(segmentId).Where(user => user.Locks)];

    /// <summary>Those whose members the segment gives: it must stay shared for them.</summary>
    public ImmutableArray<SegmentUser> FedBy(string segmentId) =>
        [.. _uses[segmentId].Where(use => use.NeedsShared).Select(use => use.User).DistinctBy(user => user.Id)];

    /// <summary>What changes when the segment does, other segments aside: directly or through these; each once.</summary>
    public ImmutableArray<SegmentUser> FollowersOf(string segmentId) => [.. Reaching(segmentId).SelectMany(UsersOf).DistinctBy(user => user.Id)];

    /// <summary>The segments by which one leads to another, from the first that refers to it to the other itself; empty when it is the other, or does not lead there.</summary>
    public ImmutableArray<Segment> PathTo(string segmentId, string otherId)
    {
        var reached = Reach(segmentId);
        var path = new Stack<Segment>();
        for (var id = otherId; id != segmentId && reached.TryGetValue(id, out var step); id = step!.Value.From)
        {
            path.Push(step!.Value.Segment);
        }

        return [.. path];
    }

    /// <summary>The segment, and all whose rules refer to it, directly or through others; each once.</summary>
    private IEnumerable<string> Reaching(string segmentId) => Reach(segmentId).Keys;

    /// <summary>The segment, and all whose rules refer to it, each with the segment that it was come to from: the nearest way.</summary>
    private OrderedDictionary<string, (Segment Segment, string From)?> Reach(string segmentId)
    {
        var reached = new OrderedDictionary<string, (Segment Segment, string From)?>(StringComparer.Ordinal) { [segmentId] = null };
        for (var next = 0; next < reached.Count; next++)
        {
            var from = reached.GetAt(next).Key;
            foreach (var segment in _referrers[from])
            {
                reached.TryAdd(segment.Id, (segment, from));
            }
        }

        return reached;
    }

    private IEnumerable<SegmentUser> UsersOf(string segmentId) => _uses[segmentId].Select(use => use.User).DistinctBy(user => user.Id);
}
