using System.Collections.Immutable;
using AudienceSync.Profiles.Attributes;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>Tells the catalogue of attributes which campaigns compare them in the rules of a sub-audience. Segments and destinations tell so themselves.</summary>
public sealed class CampaignAttributes(ICampaignStore store) : IAttributeUsage
{
    public async Task<ImmutableArray<AttributeUse>> ReadAsync(IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, CancellationToken cancellationToken) =>
    [
        .. from campaign in await store.ListAllAsync(cancellationToken).ToListAsync(cancellationToken)
           from rules in campaign.SubAudiences.Select(sub => sub.Rules).OfType<RuleNode>()
           from name in RuleReferences.AttributesOf(rules)
           select new AttributeUse(name, new("campaign", campaign.Id, campaign.Name)),
    ];
}
