using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Faults;

namespace AudienceSync.Campaigns;

/// <summary>Makes, changes, moves and deletes the sub-audiences of a campaign, and their groups. Each is a change of the campaign.</summary>
public sealed class SubAudienceService(ICampaignStore store, CampaignEditor editor, CampaignResolver resolver, SubAudienceDrafts drafts, CampaignViews views)
{
    public async Task<Result<ImmutableArray<SubAudienceView>>> ListAsync(string campaignId, CancellationToken cancellationToken) =>
        await store.GetAsync(campaignId, cancellationToken) is { } campaign
            ? (await views.OfAsync(campaign, cancellationToken)).SubAudiences
            : CampaignEditor.NotFound(campaignId);

    public async Task<Result<SubAudienceView>> GetAsync(string campaignId, string subAudienceId, CancellationToken cancellationToken) =>
        await store.GetAsync(campaignId, cancellationToken) is not { } campaign ? CampaignEditor.NotFound(campaignId)
        : campaign.Find(subAudienceId) is null ? NotFound(subAudienceId)
        : await views.OfAsync(campaign, subAudienceId, cancellationToken);

    /// <summary>Adds a sub-audience: at its <c>position</c>, else behind the others.</summary>
    /// <param name="ifMatch">The campaign's ETag; null adds to whatever is there.</param>
    public async Task<Result<SubAudienceView>> AddAsync(string campaignId, JsonElement body, string? ifMatch, CancellationToken cancellationToken)
    {
        var id = "";
        return await ChangeAsync(
            campaignId, ifMatch, RemoteMembers.Leave, () => id,
            async (campaign, faults) =>
            {
                if (await drafts.NewWithGroupsAsync(body, "", faults, cancellationToken) is not var (sub, groups))
                {
                    return null;
                }

                if (campaign.SubAudiences.Length == SubAudienceInput.Most)
                {
                    faults.Add(new("", "too_many", $"A campaign has at most {SubAudienceInput.Most} sub-audiences."));
                }

                id = sub.Id;
                var position = Math.Min(SubAudienceInput.Read(body, "", [])?.Position ?? int.MaxValue, campaign.SubAudiences.Length);
                var after = campaign with { SubAudiences = campaign.SubAudiences.Insert(position, sub) };
                await CheckAsync(after, position, faults, cancellationToken);
                return new(after, await drafts.PlanAsync(after, sub, groups, [], faults, cancellationToken));
            },
            cancellationToken);
    }

    /// <summary>Applies a merge patch: name, rules (replaced whole; null for everyone), position.</summary>
    public Task<Result<SubAudienceView>> PatchAsync(string campaignId, string subAudienceId, JsonElement patch, string ifMatch, CancellationToken cancellationToken) =>
        ChangeAsync(
            campaignId, ifMatch, RemoteMembers.Leave, () => subAudienceId,
            async (campaign, faults) =>
            {
                var sub = campaign.Find(subAudienceId)!;
                if (SubAudienceInput.Read(patch, "", faults) is not { } input)
                {
                    return null;
                }

                if (input.Groups is not null)
                {
                    faults.Add(new("/groups", "own_route", $"Groups have a route of their own: PUT /api/v1/campaigns/{campaign.Id}/sub-audiences/{sub.Id}/groups."));
                }

                var rules = input.HasRules ? await drafts.ReadRulesAsync(input, "", faults, cancellationToken) : sub.Rules;
                var rest = campaign.SubAudiences.Remove(sub);
                var position = Math.Min(input.Position ?? campaign.SubAudiences.IndexOf(sub), rest.Length);
                var after = campaign with { SubAudiences = rest.Insert(position, sub with { Name = input.Name ?? sub.Name, Rules = rules }) };
                await CheckAsync(after, position, faults, cancellationToken);
                return new(after, []);
            },
            cancellationToken);

    /// <summary>Deletes a sub-audience with its groups and their destinations.</summary>
    public async Task<Result<bool>> DeleteAsync(string campaignId, string subAudienceId, string ifMatch, RemoteMembers remote, CancellationToken cancellationToken)
    {
        var changed = await editor.ChangeAsync(
            campaignId, ifMatch, remote,
            (campaign, _) => Task.FromResult<Result<CampaignDraft>>(campaign.Find(subAudienceId) is { } sub
                ? new CampaignDraft(campaign with { SubAudiences = campaign.SubAudiences.Remove(sub) }, [])
                : NotFound(subAudienceId)),
            cancellationToken);
        return changed.Match<Result<bool>>(_ => true, refusal => refusal);
    }

    /// <summary>Puts groups in the place of those there are: <c>{"groups":[…]}</c>, or the list itself. 422 <c>shares_not_100</c>.</summary>
    public Task<Result<SubAudienceView>> ReplaceGroupsAsync(
        string campaignId, string subAudienceId, JsonElement body, string ifMatch, RemoteMembers remote, CancellationToken cancellationToken) =>
        ChangeAsync(
            campaignId, ifMatch, remote, () => subAudienceId,
            async (campaign, faults) =>
            {
                if (ReadGroups(body, faults) is not { } inputs)
                {
                    return null;
                }

                var sub = campaign.Find(subAudienceId)!;
                var groups = drafts.Groups(inputs, sub, faults);
                if (faults.Count > 0 && groups.Length == 0)
                {
                    return null;
                }

                var changed = sub with { Groups = groups };
                var after = campaign with { SubAudiences = campaign.SubAudiences.Replace(sub, changed) };
                var owned = await editor.OwnedByAsync(campaign, cancellationToken);
                return new(after, await drafts.PlanAsync(after, changed, inputs, owned, faults, cancellationToken));
            },
            cancellationToken);

    private async Task<Result<SubAudienceView>> ChangeAsync(
        string campaignId, string? ifMatch, RemoteMembers remote, Func<string> subAudienceId, Func<Campaign, List<Fault>, Task<CampaignDraft?>> change,
        CancellationToken cancellationToken)
    {
        var changed = await editor.ChangeAsync(
            campaignId, ifMatch, remote,
            async (campaign, faults) => subAudienceId() is { Length: > 0 } id && campaign.Find(id) is null ? NotFound(id)
                : await change(campaign, faults) is { } draft ? draft
                : CampaignEditor.Invalid(faults),
            cancellationToken);
        return await changed.ThenAsync<SubAudienceView>(async campaign => await views.OfAsync(campaign, subAudienceId(), cancellationToken));
    }

    private static IReadOnlyList<GroupInput>? ReadGroups(JsonElement body, List<Fault> faults)
    {
        if (body.ValueKind is JsonValueKind.Array)
        {
            if (body.GetArrayLength() > GroupInput.Most)
            {
                faults.Add(new("", "too_many", $"There are {body.GetArrayLength()} groups; at most {GroupInput.Most} are taken."));
                return null;
            }

            return GroupInput.ReadAll([.. body.EnumerateArray()], "", faults);
        }

        if (JsonFields.Open(body, "", faults) is not { } fields)
        {
            return null;
        }

        var items = fields.Items("groups", GroupInput.Most);
        if (items is null && !faults.Any(fault => fault.Pointer == "/groups"))
        {
            fields.Refuse("groups", "required", "Send the groups that take the place of those there are.");
        }

        fields.Ignore("id", "etag", "name", "position", "rules");
        fields.RefuseUnknown("a list of groups");
        return items is null ? null : GroupInput.ReadAll(items, "/groups", faults);
    }

    /// <summary>Faults of the sub-audience at hand have pointers into its own request.</summary>
    private async Task CheckAsync(Campaign campaign, int position, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (faults.Count > 0)
        {
            return;
        }

        var own = $"/subAudiences/{position}";
        var found = new List<Fault>();
        await resolver.ResolveAsync(campaign, found, cancellationToken);
        faults.AddRange(found.Select(fault => fault.Pointer.StartsWith($"{own}/", StringComparison.Ordinal) ? fault with { Pointer = fault.Pointer[own.Length..] } : fault));
    }

    private static Refusal NotFound(string id) => Refusal.NotFound("sub-audience", id);
}
