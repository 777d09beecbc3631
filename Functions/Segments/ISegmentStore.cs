namespace AudienceSync.Segments;

/// <summary>Keeps segments, the rules they had before, and their drafts. Every returned segment and draft carries its current ETag.</summary>
public interface ISegmentStore
{
    Task<Segment?> GetAsync(string id, CancellationToken cancellationToken);

    /// <summary>All of them, sorted by id, so by age.</summary>
    IAsyncEnumerable<Segment> ListAllAsync(CancellationToken cancellationToken);

    /// <summary>Null when the key is taken.</summary>
    Task<Segment?> TryCreateAsync(Segment segment, CancellationToken cancellationToken);

    /// <summary>Replaces the version that <see cref="Segment.ETag"/> names; null when that is not the current one.</summary>
    Task<Segment?> TryReplaceAsync(Segment segment, CancellationToken cancellationToken);

    /// <summary>As <see cref="TryReplaceAsync"/>, of a segment that gets new rules: all at once its old ones are kept, and the draft they come from is dropped.</summary>
    /// <param name="before">The rules that are replaced.</param>
    /// <param name="published">Null when they come from no draft; else null is also answered when the draft is no longer the current one.</param>
    Task<Segment?> TryReplaceRulesAsync(Segment segment, RuleNode before, SegmentDraft? published, CancellationToken cancellationToken);

    /// <summary>Deletes the version that <see cref="Segment.ETag"/> names, and with it what else is kept of the segment; false when another one is there, true when there is none, now or before.</summary>
    Task<bool> TryDeleteAsync(Segment segment, CancellationToken cancellationToken);

    /// <summary>The rules before the present ones; null when they never changed.</summary>
    Task<RuleNode?> GetPreviousRulesAsync(string segmentId, CancellationToken cancellationToken);

    Task<SegmentDraft?> GetDraftAsync(string segmentId, CancellationToken cancellationToken);

    /// <summary>The drafts there are, without their rules.</summary>
    IAsyncEnumerable<SegmentDraftMark> ListDraftsAsync(CancellationToken cancellationToken);

    /// <summary>Writes over the version that <see cref="SegmentDraft.ETag"/> names (empty: there is none yet); null when that is not the current one.</summary>
    Task<SegmentDraft?> TryWriteDraftAsync(SegmentDraft draft, CancellationToken cancellationToken);

    /// <summary>Deletes the version that <see cref="SegmentDraft.ETag"/> names; false when another one is there, true when there is none, now or before.</summary>
    Task<bool> TryDeleteDraftAsync(SegmentDraft draft, CancellationToken cancellationToken);
}
