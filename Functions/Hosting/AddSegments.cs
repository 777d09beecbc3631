using AudienceSync.Segments;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AudienceSync.Hosting;

internal static class SegmentRegistration
{
    /// <summary>Segments and their estimates. <see cref="ISegmentStore"/> comes from storage, <see cref="ISegmentUsage"/> from destinations.</summary>
    public static IServiceCollection AddSegments(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SegmentService>();
        services.TryAddSingleton<SegmentEstimator>();
        return services;
    }
}
