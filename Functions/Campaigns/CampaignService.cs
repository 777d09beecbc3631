using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>Makes, changes, launches and deletes campaigns.</summary>
public sealed class CampaignService(
    ICampaignStore store, CampaignEditor editor, CampaignResolver resolver, SubAudienceDrafts drafts, SegmentService segments, OwnedDestinations destinations,
    CampaignViews views, TimeProvider time)
{
    private static readonly JsonElement LaunchAlone = JsonElement.Parse("""{"schedule":{"type":null,"intervalMinutes":null,"cron":null,"timeZone":null}}""");

    public async Task<Result<CampaignView>> GetAsync(string id, CancellationToken cancellationToken) =>
        await store.GetAsync(id, cancellationToken) is { } campaign ? await views.OfAsync(campaign, cancellationToken) : CampaignEditor.NotFound(id);

    /// <summary>Campaigns searched and sorted.</summary>
    /// <param name="statuses">Those listed; empty for all.</param>
    public async Task<ListPage<CampaignView>> ListAsync(ListQuery query, IReadOnlyCollection<CampaignStatus> statuses, CancellationToken cancellationToken)
    {
        var all = await store.ListAllAsync(cancellationToken).ToListAsync(cancellationToken);
        if (statuses.Count > 0)
        {
            // What a status says of destinations is known of shown campaigns alone.
            return query.Take((await views.OfAsync(all, cancellationToken)).Where(campaign => statuses.Contains(campaign.Status)));
        }

        var page = query.Take(all);
        return new(await views.OfAsync(page.Items, cancellationToken), page.Next);
    }

    /// <summary>Creates a campaign, with its sub-audiences where the request has them: 422 with every fault, 409 <c>key_taken</c>.</summary>
    public async Task<Result<CampaignView>> CreateAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        if (CampaignInput.Read(body, faults) is not { } input)
        {
            return Refusal.Invalid(faults);
        }

        var now = time.GetUtcNow();
        var wanted = new Campaign
        {
            Id = NewId.Create("cmp", time),
            Key = "",
            Name = input.Name ?? "",
            Description = "",
            SegmentId = input.SegmentId ?? "",
            Exclusions = [],
            Assignment = CampaignAssignment.FirstMatch,
            Enabled = false,
            Schedule = CampaignSchedule.Default,
            Salt = input.Salt ?? NewId.Ulid(now)[10..].ToLowerInvariant(), // its random part
            SubAudiences = [],
            CreatedAt = now,
            UpdatedAt = now,
            Revision = 1,
        };
        wanted = Apply(input, wanted, now);
        var (planned, plans) = await ReadSubAudiencesAsync(input, wanted, faults, cancellationToken);
        await CheckAsync(input, planned, faults, cancellationToken);
        if (faults.Count > 0)
        {
            return CampaignEditor.Invalid(faults);
        }

        foreach (var key in input.Key is { } given ? [given] : Slug.Candidates(wanted.Name, "campaign", time))
        {
            if (await store.TryCreateAsync(planned with { Key = key }, cancellationToken) is { } created)
            {
                return await editor.FollowAsync(created, plans, RemoteMembers.Leave, cancellationToken) is { } failure
                    ? failure
                    : await views.OfAsync(created, cancellationToken);
            }
        }

        return Refusal.Conflict("key_taken", "The key is taken", $"Another campaign has the key '{input.Key ?? Slug.From(wanted.Name, "campaign")}'. Choose another, or leave it out.");
    }

    /// <summary>Applies a merge patch to all but the sub-audiences.</summary>
    /// <param name="mayEdit">Whether the caller may change more than <c>enabled</c>.</param>
    public async Task<Result<CampaignView>> PatchAsync(string id, JsonElement patch, string ifMatch, bool mayEdit, CancellationToken cancellationToken)
    {
        var isSwitch = patch.ValueKind is JsonValueKind.Object && patch.EnumerateObject().All(member => member.NameEquals("enabled"));
        if (!mayEdit && !isSwitch)
        {
            return new Refusal(RefusalKind.Forbidden, "forbidden", "Not allowed", "The role 'operator' may change 'enabled' alone; anything else asks for 'editor'.");
        }

        var changed = await editor.ChangeAsync(
            id, ifMatch, RemoteMembers.Leave,
            async (current, faults) =>
            {
                // Switching off always works, also when a segment has gone meanwhile.
                if (isSwitch && patch.TryGetProperty("enabled", out var enabled) && enabled.ValueKind is JsonValueKind.False)
                {
                    return new CampaignDraft(Switched(current, isOn: false, time.GetUtcNow()), []);
                }

                return await PatchedAsync(current, patch, faults, cancellationToken) is { } after ? new CampaignDraft(after, []) : Refusal.Invalid(faults);
            },
            cancellationToken);
        return await changed.ThenAsync<CampaignView>(async campaign => await views.OfAsync(campaign, cancellationToken));
    }

    /// <summary>Deletes a campaign and its destinations, or starts the runs that remove whom these added. The destinations go first, so that the same request completes what was left.</summary>
    public async Task<Result<CleanUps>> DeleteAsync(string id, string ifMatch, RemoteMembers remote, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(id, cancellationToken) is not { } current)
        {
            return CampaignEditor.NotFound(id);
        }

        if (!ETags.Holds(ifMatch, current.ETag))
        {
            return Refusal.Stale((await views.OfAsync(current, cancellationToken)).ETag);
        }

        var (started, failure) = await destinations.RemoveAsync(await editor.OwnedByAsync(current, cancellationToken), remote, cancellationToken);
        if (failure is not null)
        {
            return failure;
        }

        return await store.TryDeleteAsync(current, cancellationToken)
            ? new CleanUps(started)
            : new Refusal(RefusalKind.Unavailable, "busy", "The campaign is being changed", "Others change this campaign at the moment. Try again.");
    }

    private async Task<Campaign?> PatchedAsync(Campaign current, JsonElement patch, List<Fault> faults, CancellationToken cancellationToken)
    {
        var view = await views.OfAsync(current, cancellationToken);
        var document = MergePatch.Without(JsonSerializer.SerializeToElement(view, CampaignsJson.Default.CampaignView), "subAudiences");
        document = ReplacesSchedule(patch) ? MergePatch.Apply(document, LaunchAlone) : document;
        if (JsonFields.Open(patch, "", faults) is not { } fields || CampaignInput.Read(Merged(document, patch), faults) is not { } input)
        {
            return null;
        }

        if (fields.Has("id") && !(fields.Any("id") is { ValueKind: JsonValueKind.String } id && id.ValueEquals(current.Id)))
        {
            faults.Add(new("/id", "immutable", $"The id never changes; it is '{current.Id}'. Leave it out."));
        }

        if (input.Key != current.Key)
        {
            faults.Add(new("/key", "immutable", $"The key never changes; it is '{current.Key}'. Leave it out."));
        }

        if (input.SubAudiences is not null)
        {
            faults.Add(new("/subAudiences", "own_route", $"Sub-audiences have routes of their own: POST, PATCH and DELETE /api/v1/campaigns/{current.Id}/sub-audiences."));
        }

        var now = time.GetUtcNow();
        var after = Apply(input, current, now);
        if (current.IsLaunched(now))
        {
            CheckFixed("/salt", after.Salt == current.Salt, "Another salt would put everyone into another group", faults);
            CheckFixed("/schedule/launchAt", after.Schedule.LaunchAt == current.Schedule.LaunchAt, "It has been launched already", faults);
        }

        await CheckAsync(input, after, faults, cancellationToken);
        return faults.Count > 0 ? null : after;
    }

    private static void CheckFixed(string pointer, bool isSame, string reason, List<Fault> faults)
    {
        if (!isSame)
        {
            faults.Add(new(pointer, "launched", $"{reason}: this cannot change after the launch. Make another campaign instead."));
        }
    }

    /// <summary>As RFC 7396 has it. A segment named anew takes the place of the old one, wherever the request names it.</summary>
    private static JsonElement Merged(JsonElement document, JsonElement patch) => MergePatch.Apply(
        patch.ValueKind is JsonValueKind.Object && patch.TryGetProperty("source", out _) && !patch.TryGetProperty("segmentId", out _) ? MergePatch.Without(document, "segmentId") : document,
        patch);

    /// <summary>What runs once, or by an interval or a cron expression, is one of these: naming one takes the place of the other. The launch stays.</summary>
    private static bool ReplacesSchedule(JsonElement patch) =>
        patch.ValueKind is JsonValueKind.Object && patch.TryGetProperty("schedule", out var schedule) && schedule.ValueKind is JsonValueKind.Object
        && schedule.EnumerateObject().Any(member => member.Name is "type" or "once" or "intervalMinutes" or "cron" && member.Value.ValueKind is not JsonValueKind.Null);

    private static Campaign Apply(CampaignInput input, Campaign current, DateTimeOffset now)
    {
        var changed = current with
        {
            Name = input.Name ?? current.Name,
            Description = input.Description ?? "",
            SegmentId = input.SegmentId ?? current.SegmentId,
            Exclusions = input.Exclusions ?? [],
            Assignment = input.Assignment ?? CampaignAssignment.FirstMatch,
            Schedule = input.Schedule ?? CampaignSchedule.Default,
            Salt = input.Salt ?? current.Salt,
        };
        return Switched(changed, input.Enabled ?? false, now);
    }

    private static Campaign Switched(Campaign campaign, bool isOn, DateTimeOffset now) => campaign with
    {
        Enabled = isOn,
        LaunchesAt = campaign.IsLaunched(now) ? campaign.LaunchesAt
            : !isOn ? null
            : campaign.Schedule.LaunchAt > now ? campaign.Schedule.LaunchAt
            : now,
    };

    private async Task<(Campaign Campaign, ImmutableArray<OwnedPlan> Plans)> ReadSubAudiencesAsync(
        CampaignInput input, Campaign wanted, List<Fault> faults, CancellationToken cancellationToken)
    {
        var read = new List<(SubAudience Sub, IReadOnlyList<GroupInput> Groups)>();
        foreach (var (index, json) in (input.SubAudiences ?? []).Index())
        {
            if (await drafts.NewWithGroupsAsync(json, $"/subAudiences/{index}", faults, cancellationToken) is { } sub)
            {
                read.Add(sub);
            }
        }

        var campaign = wanted with { SubAudiences = [.. read.Select(sub => sub.Sub)] };
        var plans = ImmutableArray.CreateBuilder<OwnedPlan>();
        foreach (var (sub, groups) in read)
        {
            plans.AddRange(await drafts.PlanAsync(campaign, sub, groups, [], faults, cancellationToken));
        }

        return (campaign, plans.DrainToImmutable());
    }

    /// <summary>Whether there are the segments it names, and whether its rules hold together.</summary>
    private async Task CheckAsync(CampaignInput input, Campaign campaign, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (campaign.SegmentId.Length == 0)
        {
            return;
        }

        if (await segments.FindAsync(campaign.SegmentId, cancellationToken) is { Visibility: SegmentVisibility.Private } segment)
        {
            faults.Add(new(input.SegmentPointer, "segment_private", $"The segment '{segment.Name}' is private. Share it first: PATCH its visibility to \"shared\"."));
        }

        var found = new List<Fault>();
        await resolver.ResolveAsync(campaign, found, cancellationToken);
        faults.AddRange(found
            .Select(fault => fault.Pointer == "/segmentId" ? fault with { Pointer = input.SegmentPointer } : fault)
            .Where(fault => !faults.Exists(known => known.Pointer == fault.Pointer)));
    }
}
