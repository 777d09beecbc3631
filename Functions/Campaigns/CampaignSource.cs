using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Segments;

namespace AudienceSync.Campaigns;

/// <summary>Groups of campaigns as sources.</summary>
public sealed class CampaignSource(ICampaignStore store, IHoldoutStore holdouts) : IMemberSource
{
    private const int MaxNameLength = 200; // of a destination

    public bool Knows(DestinationSource source) => source is DestinationSource.OfGroup;

    public async Task<SourceFacts?> CheckAsync(DestinationSource source, string pointer, ICollection<Fault> faults, CancellationToken cancellationToken)
    {
        switch (await FindAsync((DestinationSource.OfGroup)source, cancellationToken))
        {
            case Result<(Campaign, SubAudience, CampaignGroup)>.Ok((var campaign, var sub, { Role: GroupRole.Treatment } group)):
                return FactsOf(campaign, sub, group);
            case Result<(Campaign, SubAudience, CampaignGroup)>.Ok((_, _, var control)):
                faults.Add(new(pointer, "control_group", $"'{control.Name}' is a control group: nothing is ever sent to it."));
                return null;
            case Result<(Campaign, SubAudience, CampaignGroup)>.Refused(var refusal):
                faults.Add(new(pointer, "unknown_group", refusal.Detail!));
                return null;
            default:
                throw new InvalidOperationException("The family of results is closed.");
        }
    }

    public async Task<Result<SourceMembers>> ResolveAsync(DestinationSource source, SegmentResolver segments, CancellationToken cancellationToken) =>
        await (await FindAsync((DestinationSource.OfGroup)source, cancellationToken)).ThenAsync<SourceMembers>(async found =>
        {
            var (campaign, sub, group) = found;
            if (group.Role is GroupRole.Control)
            {
                return Refusal.Conflict("control_group", "A control group gets nothing", $"'{group.Name}' is a control group: nothing is ever sent to it.");
            }

            var holdout = await holdouts.ReadAsync(cancellationToken);
            return (await CampaignResolver.ResolveAsync(campaign, segments, cancellationToken)).Match<Result<SourceMembers>>(
                resolved => new SourceMembers(resolved.RuleOf(sub.Id, group.Id), holdout.Rule), refusal => refusal);
        });

    /// <summary>What a campaign decides for the destinations of a group.</summary>
    internal static SourceFacts FactsOf(Campaign campaign, SubAudience sub, CampaignGroup group)
    {
        var name = $"{campaign.Name} · {sub.Name} · {group.Name}";
        return new(name.Length > MaxNameLength ? name[..MaxNameLength].TrimEnd() : name, Slug.From(name, "group"), campaign.Description)
        {
            OwnerName = campaign.Name,
            IsOn = campaign.Enabled,
            Schedule = campaign.Schedule.Runs,
            NotBefore = campaign.Schedule.LaunchAt,
        };
    }

    /// <summary>As <see cref="FactsOf(Campaign, SubAudience, CampaignGroup)"/>; null where the campaign has no such treatment group.</summary>
    internal static SourceFacts? FactsOf(Campaign campaign, DestinationSource source) =>
        source is DestinationSource.OfGroup of && campaign.Find(of.SubAudienceId) is { } sub
        && sub.Groups.FirstOrDefault(group => group.Id == of.GroupId) is { Role: GroupRole.Treatment } found
            ? FactsOf(campaign, sub, found)
            : null;

    private async Task<Result<(Campaign Campaign, SubAudience Sub, CampaignGroup Group)>> FindAsync(DestinationSource.OfGroup source, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(source.CampaignId, cancellationToken) is not { } campaign)
        {
            return Refusal.NotFound("campaign", source.CampaignId);
        }

        if (campaign.Find(source.SubAudienceId) is not { } sub)
        {
            return Refusal.NotFound($"sub-audience of '{campaign.Name}' with the id", source.SubAudienceId);
        }

        return sub.Groups.FirstOrDefault(group => group.Id == source.GroupId) is { } found
            ? (campaign, sub, found)
            : Refusal.NotFound($"group of '{sub.Name}' with the id", source.GroupId);
    }
}
