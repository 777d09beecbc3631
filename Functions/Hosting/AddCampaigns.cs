using AudienceSync.Campaigns;
using AudienceSync.Destinations;
using AudienceSync.Profiles.Attributes;
using AudienceSync.Segments;
using Microsoft.Extensions.DependencyInjection;

namespace AudienceSync.Hosting;

internal static class CampaignRegistration
{
    /// <summary>Campaigns and the holdout. <see cref="ICampaignStore"/> and <see cref="IHoldoutStore"/> come from storage.</summary>
    public static IServiceCollection AddCampaigns(this IServiceCollection services) => services
        .AddSingleton<CampaignResolver>()
        .AddSingleton<IMemberSource, CampaignSource>()
        .AddSingleton<ISegmentUsage, CampaignUsage>()
        .AddSingleton<IAttributeUsage, CampaignAttributes>()
        .AddSingleton<CampaignViews>()
        .AddSingleton<CampaignEditor>()
        .AddSingleton<SubAudienceDrafts>()
        .AddSingleton<CampaignService>()
        .AddSingleton<SubAudienceService>()
        .AddSingleton<CampaignMemberships>()
        .AddSingleton<CampaignAllocator>()
        .AddSingleton<CampaignSimulator>()
        .AddSingleton<HoldoutService>();
}
