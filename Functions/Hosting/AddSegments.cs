using AudienceSync.Profiles.Attributes;
using AudienceSync.Segments;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AudienceSync.Hosting;

internal static class SegmentRegistration
{
    /// <summary>Segments, their estimates, overlaps and drafts. <see cref="ISegmentStore"/> comes from storage, <see cref="ISegmentUsage"/> from destinations, <see cref="ISegmentRuns"/> from runs.</summary>
    public static IServiceCollection AddSegments(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SegmentService>();
        services.TryAddSingleton<SegmentLists>();
        services.TryAddSingleton<SegmentEstimator>();
        services.TryAddSingleton<MemberIds>();
        services.TryAddSingleton<SegmentOverlaps>();
        services.TryAddSingleton<SegmentDrafts>();
        services.TryAddSingleton<SegmentTraces>();
        services.AddSingleton<IAttributeUsage, SegmentAttributes>();
        return services;
    }
}
