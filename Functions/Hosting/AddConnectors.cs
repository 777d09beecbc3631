using AudienceSync.Connectors;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Postgres;
using AudienceSync.Delivery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AudienceSync.Hosting;

internal static class ConnectorRegistration
{
    /// <summary>The catalogue of connectors and the way out to their platforms.</summary>
    public static IServiceCollection AddConnectors(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSettings<OutboundOptions, OutboundOptionsValidator>(OutboundOptions.Section);
        services.AddSingleton(ConnectorList.All);
        services.AddSingleton<AddressGuard>();
        services.AddSingleton<IOutbound, GuardedOutbound>();
        services.AddSingleton<PostgresAccess>();
        services.AddSingleton<ITransport, PostgresTransport>();
        services.AddSingleton<IQuerySource, PostgresQuerySource>();
        services.AddSingleton<IObjectBrowser, PostgresObjects>();
        services.AddSingleton<ConnectorClient>();
        services.AddSingleton<IConnectorClient>(provider => ActivatorUtilities.CreateInstance<RecordingClient>(
            provider, ActivatorUtilities.CreateInstance<MeteredClient>(provider, provider.GetRequiredService<ConnectorClient>())));
        return services;
    }
}
