using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Who uses which segment: other segments by their rules, the rest as <see cref="ISegmentUsage"/> knows. A view of one moment.</summary>
internal sealed class SegmentUsers
{
    public const string SegmentType = "segment";

    private readonly ILookup<string, SegmentUse> _uses;
    private readonly ILookup<string, Segment> _referrers;

    private SegmentUsers(IEnumerable<SegmentUse> uses, IEnumerable<Segment> segments)
    {
        _uses = uses.ToLookup(use => use.SegmentId, StringComparer.Ordinal);
        _referrers = segments
            .SelectMany(segment => RuleReferences.IdsOf(segment.Rules).Select(id => (Id: id, Segment: segment)))
            .ToLookup(reference => reference.Id, reference => reference.Segment, StringComparer.Ordinal);
    }

    public static async Task<SegmentUsers> ReadAsync(ISegmentStore store, IEnumerable<ISegmentUsage> usages, CancellationToken cancellationToken)
    {
        var page = new PageRequest(200, After: null);
        var all = new List<Segment>();
        do
        {
            var (items, next) = await store.ListAsync(page, cancellationToken);
            all.AddRange(items);
            page = page with { After = next };
        }
        while (page.After is not null);

        var uses = new List<SegmentUse>();
        foreach (var usage in usages)
        {
            uses.AddRange(await usage.ReadAsync(cancellationToken));
        }

        return new(uses, all);
    }

    /// <summary>What uses the segment directly. A segment locks it when it is itself locked.</summary>
    public ImmutableArray<SegmentUser> Of(string segmentId) =>
    [
        .. UsersOf(segmentId),
        .. _referrers[segmentId].Select(segment => new SegmentUser(SegmentType, segment.Id, segment.Name, !LocksOf(segment.Id).IsEmpty)),
    ];

    /// <summary>What syncs the segment by itself, directly or through other segments: enabled auto-sync destinations, and campaigns and journeys that have some; each once.</summary>
    public ImmutableArray<SegmentUser> LocksOf(string segmentId)
    {
        var locks = ImmutableArray.CreateBuilder<SegmentUser>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { segmentId };
        var open = new Queue<string>(seen);
        while (open.TryDequeue(out var id))
        {
            locks.AddRange(UsersOf(id).Where(user => user.Locks));
            foreach (var segment in _referrers[id].Where(segment => seen.Add(segment.Id)))
            {
                open.Enqueue(segment.Id);
            }
        }

        return [.. locks.DistinctBy(user => user.Id)];
    }

    /// <summary>Those whose members the segment gives: it must stay shared for them.</summary>
    public ImmutableArray<SegmentUser> FedBy(string segmentId) =>
        [.. _uses[segmentId].Where(use => use.NeedsShared).Select(use => use.User).DistinctBy(user => user.Id)];

    private IEnumerable<SegmentUser> UsersOf(string segmentId) => _uses[segmentId].Select(use => use.User).DistinctBy(user => user.Id);
}
