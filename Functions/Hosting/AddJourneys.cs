using AudienceSync.Destinations;
using AudienceSync.Journeys;
using AudienceSync.Segments;
using Microsoft.Extensions.DependencyInjection;

namespace AudienceSync.Hosting;

internal static class JourneyRegistration
{
    /// <summary>Journeys and entries into their steps. <see cref="IJourneyStore"/> comes from storage.</summary>
    public static IServiceCollection AddJourneys(this IServiceCollection services) => services
        .AddSingleton<IMemberSource, JourneySource>()
        .AddSingleton<ISegmentUsage, JourneyUsage>()
        .AddSingleton<JourneyViews>()
        .AddSingleton<StepDrafts>()
        .AddSingleton<JourneyMemberships>()
        .AddSingleton<JourneyService>()
        .AddSingleton<EntryService>();
}
