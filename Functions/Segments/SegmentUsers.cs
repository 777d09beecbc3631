using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Who uses which segment: other segments by their rules, destinations as <see cref="ISegmentUsage"/> knows. A view of one moment.</summary>
internal sealed class SegmentUsers
{
    public const string SegmentType = "segment";

    private readonly ISegmentUsage _usage;
    private readonly ILookup<string, Segment> _referrers;
    private readonly Dictionary<string, ImmutableArray<SegmentUser>> _fed = new(StringComparer.Ordinal);

    private SegmentUsers(ISegmentUsage usage, IEnumerable<Segment> segments)
    {
        _usage = usage;
        _referrers = segments
            .SelectMany(segment => RuleReferences.IdsOf(segment.Rules).Select(id => (Id: id, Segment: segment)))
            .ToLookup(reference => reference.Id, reference => reference.Segment, StringComparer.Ordinal);
    }

    public static async Task<SegmentUsers> ReadAsync(ISegmentStore store, ISegmentUsage usage, CancellationToken cancellationToken)
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

        return new(usage, all);
    }

    /// <summary>What uses the segment directly. A segment locks it when it is itself locked.</summary>
    public async Task<ImmutableArray<SegmentUser>> OfAsync(string segmentId, CancellationToken cancellationToken)
    {
        var users = ImmutableArray.CreateBuilder<SegmentUser>();
        users.AddRange(await FedByAsync(segmentId, cancellationToken));
        foreach (var segment in _referrers[segmentId])
        {
            users.Add(new(SegmentType, segment.Id, segment.Name, !(await LocksOfAsync(segment.Id, cancellationToken)).IsEmpty));
        }

        return users.DrainToImmutable();
    }

    /// <summary>The enabled auto-sync destinations that use the segment, directly or through other segments; each once.</summary>
    public async Task<ImmutableArray<SegmentUser>> LocksOfAsync(string segmentId, CancellationToken cancellationToken)
    {
        var locks = ImmutableArray.CreateBuilder<SegmentUser>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { segmentId };
        var open = new Queue<string>(seen);
        while (open.TryDequeue(out var id))
        {
            locks.AddRange((await FedByAsync(id, cancellationToken)).Where(user => user.Locks));
            foreach (var segment in _referrers[id].Where(segment => seen.Add(segment.Id)))
            {
                open.Enqueue(segment.Id);
            }
        }

        return [.. locks.DistinctBy(user => user.Id)];
    }

    public async Task<ImmutableArray<SegmentUser>> FedByAsync(string segmentId, CancellationToken cancellationToken)
    {
        if (!_fed.TryGetValue(segmentId, out var users))
        {
            _fed.Add(segmentId, users = await _usage.OfAsync(segmentId, cancellationToken));
        }

        return users;
    }
}
