using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>Shows campaigns with their destinations.</summary>
public sealed class CampaignViews(OwnedDestinations destinations, DestinationViews views, TimeProvider time)
{
    internal async Task<CampaignView> OfAsync(Campaign campaign, CancellationToken cancellationToken) => (await OfAsync([campaign], cancellationToken))[0];

    /// <summary>All of them with one look at the destinations.</summary>
    internal async Task<IReadOnlyList<CampaignView>> OfAsync(IReadOnlyList<Campaign> campaigns, CancellationToken cancellationToken)
    {
        var ids = campaigns.Select(campaign => campaign.Id).ToHashSet(StringComparer.Ordinal);
        var owned = await destinations.OfAsync(source => source is DestinationSource.OfGroup(var campaignId, _, _) && ids.Contains(campaignId), cancellationToken);
        var shown = await Task.WhenAll(owned.Select(async destination => (destination.Source, View: await views.OfAsync(destination, cancellationToken))));
        var bySource = shown.ToLookup(pair => pair.Source, pair => pair.View);
        return [.. campaigns.Select(campaign => Of(campaign, bySource))];
    }

    /// <summary>One sub-audience, as answers of its own show it.</summary>
    internal async Task<SubAudienceView> OfAsync(Campaign campaign, string subAudienceId, CancellationToken cancellationToken)
    {
        var view = await OfAsync(campaign, cancellationToken);
        return view.SubAudiences.First(sub => sub.Id == subAudienceId) with { ETag = view.ETag };
    }

    private CampaignView Of(Campaign campaign, ILookup<DestinationSource, DestinationView> destinationsOf)
    {
        ImmutableArray<SubAudienceView> subAudiences = [.. campaign.SubAudiences.Select((sub, position) => new SubAudienceView(
            sub.Id, sub.Name, position, sub.Rules,
            [.. sub.Groups.Zip(sub.Ranges, (group, range) => new CampaignGroupView(
                group.Id, group.Name, group.Role, Percent.Of(group.Share), new(range.From, range.To),
                [.. destinationsOf[new DestinationSource.OfGroup(campaign.Id, sub.Id, group.Id)]]))]))];
        var now = time.GetUtcNow();
        var view = new CampaignView(
            campaign.Id, campaign.Key, campaign.Name, campaign.Description, campaign.SegmentId, campaign.Exclusions, campaign.Assignment, campaign.Enabled,
            StatusOf(campaign, subAudiences, now), campaign.Schedule, campaign.Salt, campaign.IsLaunched(now) ? campaign.LaunchesAt : null, subAudiences,
            campaign.CreatedAt, campaign.UpdatedAt, campaign.ETag);
        return view with { ETag = ETags.Cover(view.ETag, JsonSerializer.SerializeToUtf8Bytes(view, CampaignsJson.Default.CampaignView)) };
    }

    private static CampaignStatus StatusOf(Campaign campaign, ImmutableArray<SubAudienceView> subAudiences, DateTimeOffset now)
    {
        if (!campaign.IsLaunched(now))
        {
            return campaign.Enabled ? CampaignStatus.Scheduled : CampaignStatus.Draft;
        }

        var running = subAudiences.SelectMany(sub => sub.Groups).SelectMany(group => group.Destinations).Where(destination => !destination.KeptOff).ToList();
        var isOver = campaign.Schedule.Runs.Once && running.Count > 0 && running.TrueForAll(destination => destination is { LastRun: not null, NextRunAt: null });
        return isOver ? CampaignStatus.Finished : campaign.Enabled ? CampaignStatus.Active : CampaignStatus.Paused;
    }
}
