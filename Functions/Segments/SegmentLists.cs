using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Which segments are listed. Empty parts take everything.</summary>
public sealed record SegmentFilter(ImmutableArray<SegmentStatus> Statuses, ImmutableArray<SegmentVisibility> Visibilities)
{
    public static SegmentFilter None { get; } = new([], []);
}

/// <summary>Lists segments: searched, filtered, sorted, each with what uses it and how many it held when it was last counted.</summary>
public sealed class SegmentLists(ISegmentStore store, ISegmentSizes sizes, IEnumerable<ISegmentUsage> usages)
{
    public async Task<ListPage<SegmentView>> ListAsync(ListQuery query, SegmentFilter filter, CancellationToken cancellationToken)
    {
        var users = await SegmentUsers.ReadAsync(store, usages, cancellationToken);
        var page = query.Take(users.All.Where(segment =>
            (filter.Statuses.IsEmpty || filter.Statuses.Contains(users.StatusOf(segment)))
            && (filter.Visibilities.IsEmpty || filter.Visibilities.Contains(segment.Visibility))));
        var counted = await sizes.ListAllAsync(cancellationToken).ToDictionaryAsync(size => size.SegmentId, StringComparer.Ordinal, cancellationToken);
        var drafts = await store.ListDraftsAsync(cancellationToken).ToDictionaryAsync(draft => draft.SegmentId, StringComparer.Ordinal, cancellationToken);
        return page.Select(segment => SegmentViews.Of(segment, users, counted.GetValueOrDefault(segment.Id), drafts.GetValueOrDefault(segment.Id)));
    }
}
