using AudienceSync.Access;
using AudienceSync.Campaigns;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Destinations;
using AudienceSync.Erasures;
using AudienceSync.Http;
using AudienceSync.Journeys;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Profiles.Imports;
using AudienceSync.Runs;
using AudienceSync.Segments;
using AudienceSync.Storage;
using AudienceSync.Suppressions;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace AudienceSync.Hosting;

internal static class StorageRegistration
{
    /// <summary>Every store of the app over the account of <c>AzureWebJobsStorage</c>.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.AddSingleton<StorageAccount>();
        services.AddSingleton(provider => provider.GetRequiredService<StorageAccount>().CreateTables());
        services.AddSingleton(provider => provider.GetRequiredService<StorageAccount>().CreateQueues());
        services.AddHostedService<StorageStartup>();
        services.AddSingleton<IReadinessCheck, TableReadiness>();
        services.AddSingleton<IReadinessCheck, QueueReadiness>();

        services.AddTable<IApiKeyStore>(TableNames.Keys, (table, _) => new ApiKeyTable(table));
        services.AddTable<IInstallationKeyStore>(TableNames.Keys, (table, _) => new InstallationKeyTable(table));
        services.AddTable<IAuditLog>(TableNames.Audit, (table, provider) => new AuditTable(table, provider.GetRequiredService<TimeProvider>()));
        services.AddTable<IIdempotencyStore>(TableNames.Idempotency, (table, _) => new IdempotencyTable(table));
        services.AddTable<ISegmentStore>(TableNames.Segments, (table, _) => new SegmentTable(table));
        services.AddTable<ISegmentSizes>(TableNames.Segments, (table, _) => new SegmentSizeTable(table));
        services.AddTable<IConnectionStore>(TableNames.Connections, (table, _) => new ConnectionTable(table));
        services.AddTable<ICampaignStore>(TableNames.Campaigns, (table, _) => new CampaignTable(table));
        services.AddTable<IHoldoutStore>(TableNames.Campaigns, (table, _) => new HoldoutTable(table));
        services.AddTable<IJourneyStore>(TableNames.Journeys, (table, _) => new JourneyTable(table));
        services.AddTable<IDestinationStore>(TableNames.Destinations, (table, _) => new DestinationTable(table));
        services.AddTable<IDestinationStateStore>(TableNames.Destinations, (table, _) => new DestinationStateTable(table));
        services.AddSingleton<IProfileManifestStore, ProfileManifestTable>();
        services.AddSingleton<IAttributeCatalogStore, AttributeCatalogTable>();
        services.AddSingleton<IImportStore, ImportTable>();
        services.AddSingleton<IProfileInbox, ProfileInboxTable>();
        services.AddSingleton<ISuppressionStore, SuppressionTable>();
        services.AddTable<IPageStore>(TableNames.Pages, (table, _) => new TablePageStore(table));
        services.AddTable<IPageEditor>(TableNames.Pages, (table, _) => new TablePageEditor(table));
        services.AddTable<IErasureStore>(TableNames.Erasures, (table, _) => new ErasureTable(table));
        services.AddTable<IRunStore>(TableNames.Runs, (table, _) => new RunTable(table));
        services.AddTable<IBatchOutcomeStore>(TableNames.Outcomes, (table, _) => new BatchOutcomeTable(table));
        services.AddTable<IDeliveryRecords>(TableNames.Deliveries, (table, _) => new DeliveryRecordTable(table));
        services.AddTable<IRunSummaries>(TableNames.Deliveries, (table, _) => new RunSummaryTable(table));
        services.AddTable<ILedgerStore>(TableNames.Manifests, (table, _) => new LedgerTable(table));
        services.AddTable<IRosterStore>(TableNames.Manifests, (table, _) => new RosterTable(table));
        services.AddTable<IRunLeases>(TableNames.Leases, (table, _) => new RunLeaseTable(table));
        services.AddTable<IConnectionPaces>(TableNames.Leases, (table, _) => new ConnectionPaceTable(table));
        services.AddTable<ITokenStore>(TableNames.Leases, (table, provider) => new TokenTable(table, provider.GetRequiredService<ISecretSealer>()));
        services.AddSingleton<IRunQueue, RunQueue>();
        services.AddSingleton<IErasureQueue, ErasureQueue>();
        services.AddSingleton<IQueueMeter, QueueMeter>();
        return services;
    }

    private static void AddTable<T>(this IServiceCollection services, string name, Func<TableClient, IServiceProvider, T> create)
        where T : class =>
        services.AddSingleton(provider => create(provider.GetRequiredService<TableServiceClient>().GetTableClient(name), provider));
}
