using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Shows segments and drafts.</summary>
internal static class SegmentViews
{
    /// <param name="size">Null when nobody has counted.</param>
    /// <param name="draft">Null when there is none.</param>
    public static SegmentView Of(Segment segment, SegmentUsers users, SegmentSize? size, SegmentDraftMark? draft)
    {
        var locks = users.LocksOf(segment.Id);
        var counts = size?.Counts.Where(count => count.At >= (segment.RulesUpdatedAt ?? segment.CreatedAt)).ToImmutableArray() ?? [];
        var last = counts.LastOrDefault();
        var view = new SegmentView(
            segment.Id,
            segment.Key,
            segment.Name,
            segment.Description,
            segment.Visibility,
            users.StatusOf(segment),
            ETags.Quote(segment.ETag),
            !locks.IsEmpty,
            [.. locks.Select(user => new SegmentLock(user.Type, user.Id, user.Name))],
            segment.Rules,
            last?.Size,
            last?.AsOf,
            [.. counts.Select(count => new SegmentTrendPoint(count.AsOf, count.Size))],
            draft is null ? null : new(draft.UpdatedAt, IsStale(draft, segment)),
            segment.CreatedAt,
            segment.UpdatedAt,
            segment.RulesUpdatedAt ?? segment.CreatedAt,
            PreviousRules: null);
        return view with { ETag = ETags.Cover(view.ETag, JsonSerializer.SerializeToUtf8Bytes(view, SegmentsJson.Default.SegmentView)) };
    }

    public static SegmentDraftView Of(SegmentDraft draft, Segment segment)
    {
        var view = new SegmentDraftView(
            draft.SegmentId,
            draft.Rules,
            draft.Name,
            draft.Description,
            ETags.Quote(draft.BaseETag),
            IsStale(draft.ToMark(), segment),
            draft.CreatedAt,
            draft.UpdatedAt,
            ETags.Quote(draft.ETag));
        return view with { ETag = ETags.Cover(view.ETag, JsonSerializer.SerializeToUtf8Bytes(view, SegmentsJson.Default.SegmentDraftView)) };
    }

    public static bool IsStale(SegmentDraftMark draft, Segment segment) => ETags.Quote(draft.BaseETag) != ETags.Quote(segment.ETag);
}
