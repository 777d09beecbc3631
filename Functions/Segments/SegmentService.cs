using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Makes, changes and deletes segments, and keeps them from changing under a destination that follows them.</summary>
/// <remarks>Locks and cycles are checked against what is stored at that moment: two edits at once may pass each other. A cycle made so is
/// refused when it is resolved, and a destination's next run follows the rules as they are then.</remarks>
public sealed class SegmentService(ISegmentStore store, ISegmentSizes sizes, IEnumerable<ISegmentUsage> usages, IAttributeCatalog attributes, TimeProvider time)
{
    /// <summary>Refused with every fault at once, or with 409 <c>key_taken</c> when the key given is in use. Without a key one is made from the name.</summary>
    public async Task<Result<SegmentView>> CreateAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        var fields = SegmentFields.ReadNew(body, await attributes.ReadAsync(cancellationToken), faults);
        if (fields?.Rules is { } given)
        {
            await new SegmentResolver(store).ResolveAsync(given, "/rules", owner: null, faults, cancellationToken);
        }

        if (faults.Count > 0 || fields is not { Name: { } name, Rules: { } rules })
        {
            return Refusal.Invalid(faults);
        }

        var now = time.GetUtcNow();
        var id = NewId.Create("seg", time);
        foreach (var key in fields.Key is { } wanted ? [wanted] : Slug.Candidates(name, "segment", time))
        {
            var segment = new Segment
            {
                Id = id,
                Key = key,
                Name = name,
                Description = fields.Description ?? "",
                Visibility = fields.Visibility ?? SegmentVisibility.Shared,
                Rules = rules,
                CreatedAt = now,
                UpdatedAt = now,
            };
            if (await store.TryCreateAsync(segment, cancellationToken) is { } created)
            {
                // Nothing can use or have counted what has only just got its id.
                return SegmentViews.Of(created, SegmentUsers.Nobody, size: null, draft: null);
            }
        }

        return Refusal.Conflict("key_taken", "The key is taken", $"Another segment has the key '{fields.Key ?? Slug.From(name, "segment")}'. Choose another, or leave it out.");
    }

    public async Task<Result<SegmentView>> GetAsync(string id, CancellationToken cancellationToken) =>
        await store.GetAsync(id, cancellationToken) is { } segment ? await ViewAsync(segment, cancellationToken) : NotFound(id);

    /// <summary>Refused with 412 on a stale ETag, 409 <c>segment_locked</c> for new rules while locked, 409 <c>segment_in_use</c> for hiding it from its destinations.</summary>
    /// <param name="ifMatch">The ETags of the caller: see <see cref="ETags.Holds"/>.</param>
    public async Task<Result<SegmentView>> PatchAsync(string id, JsonElement patch, string ifMatch, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(id, cancellationToken) is not { } current)
        {
            return NotFound(id);
        }

        if (!ETags.Holds(ifMatch, current.ETag))
        {
            return await OvertakenAsync(id, cancellationToken);
        }

        var faults = new List<Fault>();
        var fields = SegmentFields.ReadPatch(patch, current, await attributes.ReadAsync(cancellationToken), faults);
        if (fields?.Rules is { } rules)
        {
            await new SegmentResolver(store).ResolveAsync(rules, "/rules", current, faults, cancellationToken);
        }

        if (faults.Count > 0 || fields is null)
        {
            return Refusal.Invalid(faults);
        }

        var users = await UsersAsync(cancellationToken);
        var isNewRule = fields.Rules is not null && !RuleWriter.AreSame(fields.Rules, current.Rules);
        if (isNewRule && users.LocksOf(id) is { IsEmpty: false } locks)
        {
            return Locked(current, locks);
        }

        var fed = users.FedBy(id);
        if (!fed.IsEmpty && fields.Visibility is SegmentVisibility.Private && current.Visibility is SegmentVisibility.Shared)
        {
            return InUse($"'{current.Key}' feeds {Names(fed)}, and members are taken from shared segments only. Delete them or give them another segment first.", fed);
        }

        var now = time.GetUtcNow();
        var changed = current with
        {
            Name = fields.Name ?? current.Name,
            Description = fields.Description ?? current.Description,
            Visibility = fields.Visibility ?? current.Visibility,
            Rules = fields.Rules ?? current.Rules,
            UpdatedAt = now,
            RulesUpdatedAt = isNewRule ? now : current.RulesUpdatedAt,
        };
        var replaced = isNewRule
            ? await store.TryReplaceRulesAsync(changed, current.Rules, published: null, cancellationToken)
            : await store.TryReplaceAsync(changed, cancellationToken);
        return replaced is null ? await OvertakenAsync(id, cancellationToken) : await ViewAsync(replaced, cancellationToken);
    }

    /// <summary>Null when it is gone; else refused with 412 on a stale ETag, 409 <c>segment_in_use</c> with its users.</summary>
    public async Task<Refusal?> DeleteAsync(string id, string ifMatch, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(id, cancellationToken) is not { } current)
        {
            return NotFound(id);
        }

        if (!ETags.Holds(ifMatch, current.ETag))
        {
            return await OvertakenAsync(id, cancellationToken);
        }

        var users = (await UsersAsync(cancellationToken)).Of(id);
        if (!users.IsEmpty)
        {
            return InUse($"'{current.Key}' is used by {Names(users)}. Delete them or take it out of them first.", users);
        }

        if (!await store.TryDeleteAsync(current, cancellationToken))
        {
            return await OvertakenAsync(id, cancellationToken);
        }

        await sizes.DeleteAsync(id, cancellationToken);
        return null;
    }

    /// <summary>What uses the segment directly: destinations, campaigns, journeys and other segments.</summary>
    public async Task<Result<ImmutableArray<SegmentUser>>> ReferencesAsync(string id, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(id, cancellationToken) is null)
        {
            return NotFound(id);
        }

        return (await UsersAsync(cancellationToken)).Of(id);
    }

    /// <summary>The segment itself, for those who check whether and how they may use it; null when there is none.</summary>
    public Task<Segment?> FindAsync(string id, CancellationToken cancellationToken) => store.GetAsync(id, cancellationToken);

    /// <summary>The segment's rule with all references to other segments replaced, ready for <see cref="RuleCompiler.Compile(RuleNode, DateTimeOffset)"/>.</summary>
    /// <remarks>Refused when the segment is missing, or one that it refers to is, or refers back.</remarks>
    public Task<Result<RuleNode>> ResolveAsync(string segmentId, CancellationToken cancellationToken) => Resolver().ResolveAsync(segmentId, cancellationToken);

    /// <summary>A look at the segments as they are now, for who puts several rules together.</summary>
    /// <param name="known">Segments that are looked at as they are here, whatever is stored.</param>
    public SegmentResolver Resolver(params IEnumerable<Segment> known) => new(store, known);

    /// <summary>Replaces the references of a rule that belongs to no segment; every fault goes to <paramref name="faults"/>.</summary>
    /// <returns>Null when there were faults.</returns>
    internal Task<RuleNode?> ResolveAsync(RuleNode rule, string pointer, ICollection<Fault> faults, CancellationToken cancellationToken) =>
        new SegmentResolver(store).ResolveAsync(rule, pointer, owner: null, faults, cancellationToken);

    /// <summary>Reads a rule that belongs to no segment and replaces its references; every fault goes to <paramref name="faults"/>.</summary>
    /// <returns>The rule as sent and as resolved; null when there were faults.</returns>
    internal async Task<(RuleNode Sent, RuleNode Resolved)?> ReadRuleAsync(
        JsonElement json, string pointer, ICollection<Fault> faults, CancellationToken cancellationToken) =>
        RuleReader.Read(json, pointer, await attributes.ReadAsync(cancellationToken), faults) is { } rule
        && await new SegmentResolver(store).ResolveAsync(rule, pointer, owner: null, faults, cancellationToken) is { } resolved
            ? (rule, resolved)
            : null;

    internal static Refusal RuleInvalid(IEnumerable<Fault> faults) =>
        new(RefusalKind.Invalid, "rule_invalid", "The rule needs attention") { Faults = [.. faults] };

    /// <summary>Alone, with the rules it had before.</summary>
    internal async Task<SegmentView> ViewAsync(Segment segment, CancellationToken cancellationToken) =>
        SegmentViews.Of(
            segment,
            await UsersAsync(cancellationToken),
            await sizes.GetAsync(segment.Id, cancellationToken),
            (await store.GetDraftAsync(segment.Id, cancellationToken))?.ToMark())
        with
        { PreviousRules = await store.GetPreviousRulesAsync(segment.Id, cancellationToken) };

    private Task<SegmentUsers> UsersAsync(CancellationToken cancellationToken) => SegmentUsers.ReadAsync(store, usages, cancellationToken);

    private async Task<Refusal> OvertakenAsync(string id, CancellationToken cancellationToken) =>
        (await GetAsync(id, cancellationToken)).Match(view => Refusal.Stale(view.ETag), gone => gone);

    private static Refusal NotFound(string id) => Refusal.NotFound("segment", id);

    private static Refusal Locked(Segment segment, ImmutableArray<SegmentUser> locks) => Refusal.Conflict(
        "segment_locked",
        "The segment is locked",
        $"The rules of '{segment.Key}' cannot change while {Names(locks)} {(locks.Length == 1 ? "follows" : "follow")} it. Switch auto-sync off or disable {(locks.Length == 1 ? "it" : "them")} first, or stage the change: PUT /api/v1/segments/{segment.Id}/draft.",
        new() { ["lockedBy"] = List(locks) });

    private static Refusal InUse(string detail, ImmutableArray<SegmentUser> users) =>
        Refusal.Conflict("segment_in_use", "The segment is in use", detail, new() { ["usedBy"] = List(users) });

    private static JsonArray List(ImmutableArray<SegmentUser> users) =>
        [.. users.Select(user => new JsonObject { ["type"] = user.Type, ["id"] = user.Id, ["name"] = user.Name })];

    private static string Names(ImmutableArray<SegmentUser> users) =>
        string.Join(", ", users.Take(5).Select(user => $"{user.Type} '{user.Name}'")) + (users.Length > 5 ? $" and {users.Length - 5} more" : "");
}
