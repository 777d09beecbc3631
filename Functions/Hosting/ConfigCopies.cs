using AudienceSync.Campaigns;
using AudienceSync.Config;
using AudienceSync.Config.Scratch;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Journeys;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using Microsoft.Extensions.DependencyInjection;

namespace AudienceSync.Hosting;

/// <summary>Puts the services of the app together a second time, over stores in memory: what a document may do is decided by the same code that single requests go through.</summary>
internal sealed class ConfigCopies(IServiceProvider app) : IConfigCopies
{
    private readonly Lazy<ISecretVault?> _vault = new(() => KeyVaultRegistration.CreateVault(app));

    public async Task<ConfigCopy> MakeAsync(CancellationToken cancellationToken)
    {
        var (connections, segments, destinations, campaigns, journeys) =
            (new ScratchConnections(), new ScratchSegments(), new ScratchDestinations(), new ScratchCampaigns(), new ScratchJourneys());
        await LoadAsync(app.GetRequiredService<IConnectionStore>().ListAllAsync(cancellationToken), connections.Table);
        await LoadAsync(app.GetRequiredService<ISegmentStore>().ListAllAsync(cancellationToken), segments.Table);
        await LoadDraftsAsync(app.GetRequiredService<ISegmentStore>(), segments, cancellationToken);
        await LoadAsync(app.GetRequiredService<IDestinationStore>().ListAllAsync(cancellationToken), destinations.Table);
        await LoadAsync(app.GetRequiredService<ICampaignStore>().ListAllAsync(cancellationToken), campaigns.Table);
        await LoadAsync(app.GetRequiredService<IJourneyStore>().ListAllAsync(cancellationToken), journeys.Table);
        campaigns.Holdout = await app.GetRequiredService<IHoldoutStore>().ReadAsync(cancellationToken);

        var runs = new NotedRuns(app.GetRequiredService<ISegmentRuns>());
        var services = new ServiceCollection().AddSegments().AddConnections().AddDestinations().AddCampaigns().AddJourneys()
            .AddSingleton<IConnectionStore>(connections)
            .AddSingleton<ISegmentStore>(segments)
            .AddSingleton<ISegmentSizes, ScratchSizes>()
            .AddSingleton<ISegmentRuns>(runs)
            .AddSingleton<IDestinationStore>(destinations)
            .AddSingleton<IDestinationStateStore, ScratchStates>()
            .AddSingleton<IRunStarter, ScratchRuns>()
            .AddSingleton<ICampaignStore>(campaigns)
            .AddSingleton<IHoldoutStore>(campaigns)
            .AddSingleton<IJourneyStore>(journeys)
            .AddSingleton<ConfigTarget>();
        Share<TimeProvider>(services);
        Share<ISecretSealer>(services);
        Share<OutboundAddresses>(services);
        Share<ConnectorCatalog>(services);
        Share<IConnectorClient>(services);
        ShareAll<ITransport>(services);
        ShareAll<IQuerySource>(services);
        ShareAll<IObjectBrowser>(services);
        Share<IAttributeCatalog>(services);
        Share<IProfileShards>(services);
        Share<IPageStore>(services);
        Share<TrackingIds>(services);
        Share<MemberHasher>(services);
        services.AddSingleton(new ConnectionSecrets(
            app.GetRequiredService<ISecretSealer>(), app.GetRequiredService<TimeProvider>(), _vault.Value is { } vault ? new ScratchVault(vault) : null));

        // Nothing in it is disposable: what is shared belongs to the app, and the rest is memory.
        return new(services.BuildServiceProvider().GetRequiredService<ConfigTarget>(), runs);
    }

    /// <summary>What knows nothing of the configuration, or only reads people, is the app's own.</summary>
    private void Share<T>(IServiceCollection services)
        where T : class => services.AddSingleton(app.GetRequiredService<T>());

    private void ShareAll<T>(IServiceCollection services)
        where T : class
    {
        foreach (var service in app.GetServices<T>())
        {
            services.AddSingleton(service);
        }
    }

    private static async Task LoadAsync<T>(IAsyncEnumerable<T> documents, ScratchTable<T> table)
        where T : class
    {
        await foreach (var document in documents)
        {
            table.Load(document);
        }
    }

    private static async Task LoadDraftsAsync(ISegmentStore store, ScratchSegments segments, CancellationToken cancellationToken)
    {
        await foreach (var mark in store.ListDraftsAsync(cancellationToken))
        {
            if (await store.GetDraftAsync(mark.SegmentId, cancellationToken) is { } draft)
            {
                segments.Drafts.Load(draft);
            }
        }
    }
}
