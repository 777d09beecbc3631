using AudienceSync.Segments;

namespace AudienceSync.Config.Scratch;

/// <summary>Segments of a rehearsal, with their drafts.</summary>
internal sealed class ScratchSegments : ISegmentStore
{
    public ScratchTable<Segment> Table { get; } = new(
        segment => segment.Id, segment => segment.Key, segment => segment.ETag, (segment, version) => segment with { ETag = version });

    public ScratchTable<SegmentDraft> Drafts { get; } = new(
        draft => draft.SegmentId, draft => draft.SegmentId, draft => draft.ETag, (draft, version) => draft with { ETag = version });

    public Task<Segment?> GetAsync(string id, CancellationToken cancellationToken) => Task.FromResult(Table.Find(id));

    public IAsyncEnumerable<Segment> ListAllAsync(CancellationToken cancellationToken) => Table.ListAsync();

    public Task<Segment?> TryCreateAsync(Segment segment, CancellationToken cancellationToken) => Table.TryCreateAsync(segment);

    public Task<Segment?> TryReplaceAsync(Segment segment, CancellationToken cancellationToken) => Table.TryReplaceAsync(segment);

    public async Task<Segment?> TryReplaceRulesAsync(Segment segment, RuleNode before, SegmentDraft? published, CancellationToken cancellationToken)
    {
        if (published is not null && !await Drafts.TryDeleteAsync(published))
        {
            return null;
        }

        return await Table.TryReplaceAsync(segment);
    }

    public Task<bool> TryDeleteAsync(Segment segment, CancellationToken cancellationToken) => Table.TryDeleteAsync(segment);

    /// <summary>Shown in answers alone, which a rehearsal gives none of.</summary>
    public Task<RuleNode?> GetPreviousRulesAsync(string segmentId, CancellationToken cancellationToken) => Task.FromResult<RuleNode?>(null);

    public Task<SegmentDraft?> GetDraftAsync(string segmentId, CancellationToken cancellationToken) => Task.FromResult(Drafts.Find(segmentId));

    public IAsyncEnumerable<SegmentDraftMark> ListDraftsAsync(CancellationToken cancellationToken) => Drafts.ListAsync().Select(draft => draft.ToMark());

    public Task<SegmentDraft?> TryWriteDraftAsync(SegmentDraft draft, CancellationToken cancellationToken) =>
        draft.ETag.Length == 0 ? Drafts.TryCreateAsync(draft) : Drafts.TryReplaceAsync(draft);

    public Task<bool> TryDeleteDraftAsync(SegmentDraft draft, CancellationToken cancellationToken) => Drafts.TryDeleteAsync(draft);
}

/// <summary>Nobody counts in a rehearsal.</summary>
internal sealed class ScratchSizes : ISegmentSizes
{
    public Task<SegmentSize?> GetAsync(string segmentId, CancellationToken cancellationToken) => Task.FromResult<SegmentSize?>(null);

    public IAsyncEnumerable<SegmentSize> ListAllAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<SegmentSize>();

    public Task<bool> TryWriteAsync(SegmentSize size, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task DeleteAsync(string segmentId, CancellationToken cancellationToken) => Task.CompletedTask;
}
