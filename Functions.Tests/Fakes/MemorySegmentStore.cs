using System.Runtime.CompilerServices;
using AudienceSync.Segments;

namespace AudienceSync.Fakes;

/// <summary>Keeps segments in memory, with their former rules and their drafts. Thread-safe.</summary>
internal sealed class MemorySegmentStore : ISegmentStore
{
    private readonly SortedDictionary<string, Segment> _segments = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SegmentDraft> _drafts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RuleNode> _former = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _version;

    /// <summary>Called before each replacement and deletion: the place for a race.</summary>
    public Action? BeforeWrite { get; set; }

    public Task<Segment?> GetAsync(string id, CancellationToken cancellationToken) => Locked(() => _segments.GetValueOrDefault(id));

    public async IAsyncEnumerable<Segment> ListAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var segment in await Locked(() => _segments.Values.ToList()))
        {
            yield return segment;
        }
    }

    public Task<Segment?> TryCreateAsync(Segment segment, CancellationToken cancellationToken) => Locked(() =>
        _segments.Values.Any(other => other.Key == segment.Key) ? null : _segments[segment.Id] = Stamped(segment));

    public Task<Segment?> TryReplaceAsync(Segment segment, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        return Locked(() => IsCurrent(segment) ? _segments[segment.Id] = Stamped(segment) : null);
    }

    public Task<Segment?> TryReplaceRulesAsync(Segment segment, RuleNode before, SegmentDraft? published, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        return Locked(() =>
        {
            if (!IsCurrent(segment) || (published is not null && !IsCurrent(published)))
            {
                return null;
            }

            if (published is not null)
            {
                _drafts.Remove(segment.Id);
            }

            _former[segment.Id] = before;
            return _segments[segment.Id] = Stamped(segment);
        });
    }

    public Task<bool> TryDeleteAsync(Segment segment, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        return Locked(() =>
        {
            if (_segments.ContainsKey(segment.Id) && !IsCurrent(segment))
            {
                return false;
            }

            _segments.Remove(segment.Id);
            _drafts.Remove(segment.Id);
            _former.Remove(segment.Id);
            return true;
        });
    }

    public Task<RuleNode?> GetPreviousRulesAsync(string segmentId, CancellationToken cancellationToken) => Locked(() => _former.GetValueOrDefault(segmentId));

    public Task<SegmentDraft?> GetDraftAsync(string segmentId, CancellationToken cancellationToken) => Locked(() => _drafts.GetValueOrDefault(segmentId));

    public async IAsyncEnumerable<SegmentDraftMark> ListDraftsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var draft in await Locked(() => _drafts.Values.ToList()))
        {
            yield return draft.ToMark();
        }
    }

    public Task<SegmentDraft?> TryWriteDraftAsync(SegmentDraft draft, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        return Locked(() => (draft.ETag.Length == 0 ? !_drafts.ContainsKey(draft.SegmentId) : IsCurrent(draft))
            ? _drafts[draft.SegmentId] = draft with { ETag = $"\"{++_version}\"" }
            : null);
    }

    public Task<bool> TryDeleteDraftAsync(SegmentDraft draft, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        return Locked(() => !_drafts.ContainsKey(draft.SegmentId) || (IsCurrent(draft) && _drafts.Remove(draft.SegmentId)));
    }

    private bool IsCurrent(Segment segment) => _segments.TryGetValue(segment.Id, out var current) && current.ETag == segment.ETag;

    private bool IsCurrent(SegmentDraft draft) => _drafts.TryGetValue(draft.SegmentId, out var current) && current.ETag == draft.ETag;

    private Segment Stamped(Segment segment) => segment with { ETag = $"\"{++_version}\"" };

    private Task<T> Locked<T>(Func<T> read)
    {
        lock (_lock)
        {
            return Task.FromResult(read());
        }
    }
}
