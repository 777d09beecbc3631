using System.Collections.Immutable;
using AudienceSync.Destinations;
using AudienceSync.Segments;

namespace AudienceSync.Campaigns;

/// <summary>Tells segments which campaigns use them: as the audience, as an exclusion, or in the rules of a sub-audience. The destinations of a campaign use what it uses.</summary>
public sealed class CampaignUsage(ICampaignStore store, IDestinationStore destinations) : ISegmentUsage
{
    public async Task<ImmutableArray<SegmentUse>> ReadAsync(CancellationToken cancellationToken)
    {
        var campaigns = await store.ListAllAsync(cancellationToken).ToListAsync(cancellationToken);
        if (campaigns.Count == 0)
        {
            return [];
        }

        var owned = (await destinations.ListAllAsync(cancellationToken).Where(destination => destination.Source is DestinationSource.OfGroup).ToListAsync(cancellationToken))
            .ToLookup(destination => ((DestinationSource.OfGroup)destination.Source).CampaignId, StringComparer.Ordinal);
        return [.. campaigns.SelectMany(campaign => UsesOf(campaign, [.. owned[campaign.Id]]))];
    }

    private static IEnumerable<SegmentUse> UsesOf(Campaign campaign, IReadOnlyList<Destination> owned)
    {
        ImmutableArray<SegmentUser> users =
        [
            new("campaign", campaign.Id, campaign.Name, owned.Any(destination => destination.LocksSegment)),
            .. owned.Select(destination => new SegmentUser("destination", destination.Id, destination.Name, destination.LocksSegment)),
        ];
        return SegmentsOf(campaign).SelectMany(id => users.Select(user => new SegmentUse(id, user, NeedsShared: id == campaign.SegmentId)));
    }

    private static IEnumerable<string> SegmentsOf(Campaign campaign) => campaign.Exclusions
        .Concat(campaign.SubAudiences.Select(sub => sub.Rules).OfType<RuleNode>().SelectMany(RuleReferences.IdsOf))
        .Append(campaign.SegmentId)
        .Distinct(StringComparer.Ordinal);
}
