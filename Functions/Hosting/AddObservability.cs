using AudienceSync.Observability;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AudienceSync.Hosting;

internal static class ObservabilityRegistration
{
    /// <summary>The instruments. Who gets to hear of them is <see cref="Telemetry"/>'s.</summary>
    public static IServiceCollection AddObservability(this IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton<Instruments>();
        return services;
    }
}
