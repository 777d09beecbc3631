using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Stages new rules beside the present ones, and publishes them between runs: the way to change a segment that destinations follow.</summary>
public sealed class SegmentDrafts(
    ISegmentStore store, IEnumerable<ISegmentUsage> usages, ISegmentRuns runs, SegmentService segments, IAttributeCatalog attributes, TimeProvider time)
{
    public async Task<Result<SegmentDraftView>> GetAsync(string segmentId, CancellationToken cancellationToken) =>
        await FindAsync(segmentId, cancellationToken) is var (segment, draft) ? SegmentViews.Of(draft, segment) : await NoDraftAsync(segmentId, cancellationToken);

    /// <summary>Makes the draft, or replaces it whole; either way it is for the segment as it is now. Locks do not matter.</summary>
    /// <param name="ifMatch">ETags of the draft; where there is none yet, of the segment. Null to write only where there is none yet.</param>
    public async Task<Result<SegmentDraftView>> PutAsync(string segmentId, JsonElement body, string? ifMatch, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(segmentId, cancellationToken) is not { } segment)
        {
            return NotFound(segmentId);
        }

        var current = await store.GetDraftAsync(segmentId, cancellationToken);
        if (ifMatch is null ? current is not null : !ETags.Holds(ifMatch, current?.ETag ?? segment.ETag))
        {
            return await OvertakenAsync(segmentId, cancellationToken);
        }

        var faults = new List<Fault>();
        var fields = SegmentFields.ReadDraft(body, await attributes.ReadAsync(cancellationToken), faults);
        if (fields?.Rules is { } given)
        {
            await new SegmentResolver(store).ResolveAsync(given, "/rules", segment, faults, cancellationToken);
        }

        if (faults.Count > 0 || fields is not { Rules: { } rules })
        {
            return Refusal.Invalid(faults);
        }

        var now = time.GetUtcNow();
        var draft = new SegmentDraft
        {
            SegmentId = segmentId,
            Rules = rules,
            Name = fields.Name,
            Description = fields.Description,
            BaseETag = segment.ETag,
            CreatedAt = current?.CreatedAt ?? now,
            UpdatedAt = now,
            ETag = current?.ETag ?? "",
        };
        return await store.TryWriteDraftAsync(draft, cancellationToken) is { } written ? SegmentViews.Of(written, segment) : await OvertakenAsync(segmentId, cancellationToken);
    }

    /// <summary>Null when the draft is gone.</summary>
    public async Task<Refusal?> DeleteAsync(string segmentId, string ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(segmentId, cancellationToken) is not var (_, draft))
        {
            return await NoDraftAsync(segmentId, cancellationToken);
        }

        return ETags.Holds(ifMatch, draft.ETag) && await store.TryDeleteDraftAsync(draft, cancellationToken) ? null : await OvertakenAsync(segmentId, cancellationToken);
    }

    /// <summary>
    /// Makes the draft's rules those of the segment. Refused with 409 <c>draft_stale</c> when the segment changed since, 409 <c>run_active</c> with the runs
    /// while a destination that uses the segment is in one.
    /// </summary>
    /// <remarks>A run that begins at the same moment works on the old rules or on the new ones: it reads the segment once, and the segment changes in one write.</remarks>
    /// <param name="ifMatch">ETags of the draft or the segment; null for any.</param>
    public async Task<Result<SegmentView>> PublishAsync(string segmentId, string? ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(segmentId, cancellationToken) is not var (segment, draft))
        {
            return await NoDraftAsync(segmentId, cancellationToken);
        }

        if (ifMatch is not null && !ETags.Holds(ifMatch, draft.ETag) && !ETags.Holds(ifMatch, segment.ETag))
        {
            return await OvertakenAsync(segmentId, cancellationToken);
        }

        if (SegmentViews.IsStale(draft.ToMark(), segment))
        {
            return Stale(segment);
        }

        var faults = new List<Fault>();
        if (await new SegmentResolver(store).ResolveAsync(draft.Rules, "/rules", segment, faults, cancellationToken) is null)
        {
            return SegmentService.RuleInvalid(faults);
        }

        var users = await SegmentUsers.ReadAsync(store, usages, cancellationToken);
        if (await runs.ActiveAsync(users.FollowersOf(segmentId), cancellationToken) is { IsEmpty: false } active)
        {
            return RunActive(segment, active);
        }

        var now = time.GetUtcNow();
        var changed = segment with
        {
            Name = draft.Name ?? segment.Name,
            Description = draft.Description ?? segment.Description,
            Rules = draft.Rules,
            UpdatedAt = now,
            RulesUpdatedAt = now,
        };
        if (await store.TryReplaceRulesAsync(changed, segment.Rules, draft, cancellationToken) is { } published)
        {
            return await segments.ViewAsync(published, cancellationToken);
        }

        return await store.GetAsync(segmentId, cancellationToken) is { } other && SegmentViews.IsStale(draft.ToMark(), other)
            ? Stale(other)
            : await OvertakenAsync(segmentId, cancellationToken);
    }

    /// <summary>The draft and its segment; null when either is missing.</summary>
    internal async Task<(Segment Segment, SegmentDraft Draft)?> FindAsync(string segmentId, CancellationToken cancellationToken) =>
        await store.GetAsync(segmentId, cancellationToken) is { } segment && await store.GetDraftAsync(segmentId, cancellationToken) is { } draft
            ? (segment, draft)
            : null;

    internal async Task<Refusal> NoDraftAsync(string segmentId, CancellationToken cancellationToken) =>
        await store.GetAsync(segmentId, cancellationToken) is { } segment
            ? new(RefusalKind.NotFound, "not_found", "Not found", $"'{segment.Key}' has no draft. PUT /api/v1/segments/{segmentId}/draft makes one.")
            : NotFound(segmentId);

    private async Task<Refusal> OvertakenAsync(string segmentId, CancellationToken cancellationToken) =>
        await store.GetAsync(segmentId, cancellationToken) is not { } segment ? NotFound(segmentId)
        : await store.GetDraftAsync(segmentId, cancellationToken) is { } draft ? Refusal.Stale(SegmentViews.Of(draft, segment).ETag)
        : Refusal.Stale((await segments.ViewAsync(segment, cancellationToken)).ETag);

    private static Refusal NotFound(string segmentId) => Refusal.NotFound("segment", segmentId);

    private static Refusal Stale(Segment segment) => Refusal.Conflict(
        "draft_stale", "The draft is stale",
        $"'{segment.Key}' has changed since the draft was made. Look at both, and PUT /api/v1/segments/{segment.Id}/draft again: that makes it a draft of the segment as it is now.",
        new() { ["etag"] = ETags.Quote(segment.ETag) });

    private static Refusal RunActive(Segment segment, ImmutableArray<SegmentRun> active) => Refusal.Conflict(
        "run_active", "A run is active",
        $"Rules are published between runs, and {active.Length} destination(s) that use '{segment.Key}' are in one: {string.Join(", ", active.Take(5).Select(run => run.RunId))}. Wait, decide on what is held, or cancel; then publish again.",
        new()
        {
            ["runId"] = active[0].RunId,
            ["runs"] = new JsonArray([.. active.Select(run => new JsonObject { ["runId"] = run.RunId, ["destinationId"] = run.DestinationId })]),
        });
}
