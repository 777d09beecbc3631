using AudienceSync.Access;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Destinations;
using AudienceSync.Erasures;
using AudienceSync.Http;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Profiles.Attributes;
using AudienceSync.Profiles.Imports;
using AudienceSync.Runs;
using AudienceSync.Segments;
using AudienceSync.Snapshots;
using AudienceSync.Suppressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AudienceSync.Hosting;

internal static class EngineRegistration
{
    /// <summary>Ids and hashes made with secrets of the installation, which are loaded before the first trigger.</summary>
    public static IServiceCollection AddInstallationSecrets(this IServiceCollection services) => services
        .AddSingleton(provider => new MemberHasher(provider.GetRequiredService<InstallationKeys>().Derive("pages/members/v1", 16)))
        .AddSingleton(provider => new SuppressionKeys(
            provider.GetRequiredService<InstallationKeys>().Derive("suppressions/entries/v1", 32), provider.GetRequiredService<MemberHasher>()))
        .AddSingleton(provider => new PersonHashes(provider.GetRequiredService<InstallationKeys>().Derive("profiles/persons/v1", 32)))
        .AddSingleton(provider => new TrackingIds(
            provider.GetRequiredService<InstallationKeys>().Derive("profiles/tracking/v1", 32), provider.GetRequiredService<MemberHasher>()))
        .AddSingleton(provider => new SpaceId($"spa_{Convert.ToHexStringLower(provider.GetRequiredService<InstallationKeys>().Derive("journeys/space/v1", 12))}"))
        .AddSingleton(provider => new OperationIds(provider.GetRequiredService<InstallationKeys>().Derive("runs/operations/v1", 32)));

    public static IServiceCollection AddProfiles(this IServiceCollection services) => services
        .AddSingleton<ProfileFold>()
        .AddSingleton<IProfileShards>(provider => provider.GetRequiredService<ProfileFold>())
        .AddSingleton(new FoldLimits())
        .AddSingleton<ArrivalIds>()
        .AddSingleton<ProfileReader>()
        .AddSingleton<ProfilePages>()
        .AddSingleton<ProfileIngest>()
        .AddSingleton<ProfileEntries>()
        .AddSingleton<ProfileLookup>()
        .AddSingleton<ProfileSearch>()
        .AddSingleton<ProfileConsents>()
        .AddSingleton<ProfileImports>()
        .AddSingleton<AttributeCatalog>()
        .AddSingleton<IAttributeCatalog>(provider => provider.GetRequiredService<AttributeCatalog>())
        .AddSingleton<ProfileStatistics>()
        .AddSingleton<AttributeList>();

    public static IServiceCollection AddSuppressions(this IServiceCollection services) => services
        .AddSingleton<SuppressionSets>()
        .AddSingleton<SuppressionList>()
        .AddSingleton<IProfileSuppressions, ProfileSuppressions>()
        .AddSingleton<SuppressionReader>()
        .AddSingleton<SuppressionIntake>();

    public static IServiceCollection AddConnections(this IServiceCollection services) => services
        .AddSingleton(provider => new OutboundAddresses(provider.GetRequiredService<IOptions<OutboundOptions>>().Value.AllowPrivateAddresses))
        .AddSingleton<ISecretSealer, ConnectionSecretSealer>()
        .AddSingleton(provider => new ConnectionSecrets(
            provider.GetRequiredService<ISecretSealer>(), provider.GetRequiredService<TimeProvider>(), KeyVaultRegistration.CreateVault(provider)))
        .AddSingleton<ConnectionRules>()
        .AddSingleton<ConnectionService>()
        .AddSingleton<ConnectionChecks>()
        .AddSingleton<ConnectionObjects>()
        .AddSingleton<IConnectionUsage, DestinationUsage>()
        .AddSingleton<ISegmentUsage, DestinationUsage>()
        .AddSingleton<IAttributeUsage, DestinationAttributes>()
        .AddSingleton<IConnectionDefaultsRules, ConnectionDefaultsRules>();

    public static IServiceCollection AddDestinations(this IServiceCollection services) => services
        .AddSingleton<IMemberSource, SegmentSource>()
        .AddSingleton<IMemberSource, QuerySource>()
        .AddSingleton<MemberSources>()
        .AddSingleton<QueryReader>()
        .AddSingleton<FillRates>()
        .AddSingleton<LiveFields>()
        .AddSingleton<DestinationValidator>()
        .AddSingleton<DestinationRemoval>()
        .AddSingleton<DestinationDrafts>()
        .AddSingleton<DestinationWriter>()
        .AddSingleton<DestinationViews>()
        .AddSingleton<OwnedDestinations>()
        .AddSingleton<DestinationService>();

    public static IServiceCollection AddErasures(this IServiceCollection services)
    {
        services.AddSettings<ErasureOptions, ErasureOptionsValidator>(ErasureOptions.Section);
        return services
            .AddSingleton(provider => provider.GetRequiredService<IOptions<ErasureOptions>>().Value)
            .AddSingleton<IPersonSealer, PersonSealer>()
            .AddSingleton<ErasureService>()
            .AddSingleton<IErasures>(provider => provider.GetRequiredService<ErasureService>())
            .AddSingleton<IErasureTargets, ErasureTargets>()
            .AddSingleton<MemberSearch>()
            .AddSingleton<ErasureFindings>()
            .AddSingleton<ReceiptWords>()
            .AddSingleton<ErasureRemoval>()
            .AddSingleton<PageRedaction>()
            .AddSingleton<RunPurge>()
            .AddSingleton<ChainPurge>()
            .AddSingleton<ErasurePurge>()
            .AddSingleton<IPersonTraces, AnswerTraces>()
            .AddSingleton<IPersonTraces, DeliveryTraces>()
            .AddSingleton<IPersonTraces, DestinationTraces>()
            .AddSingleton<IPersonTraces, ImportTraces>()
            .AddSingleton<IReadinessNotice, ErasureNotice>()
            .AddSingleton<ErasureWorker>();
    }

    public static IServiceCollection AddRuns(this IServiceCollection services)
    {
        services.AddSettings<RunOptions, RunOptionsValidator>(RunOptions.Section);
        services.AddSettings<DeliveryOptions, DeliveryOptionsValidator>(DeliveryOptions.Section);
        return services
            .AddSingleton(provider => provider.GetRequiredService<IOptions<RunOptions>>().Value)
            .AddSingleton(provider => provider.GetRequiredService<IOptions<DeliveryOptions>>().Value)
            .AddSingleton<SnapshotWriter>()
            .AddSingleton<ShardPlanner>()
            .AddSingleton<RemovalCounter>()
            .AddSingleton<ErasurePlanner>()
            .AddSingleton<ShardSettler>()
            .AddSingleton<Rosters>()
            .AddSingleton<GenerationSeal>()
            .AddSingleton<ShardSteps>()
            .AddSingleton<EarlyEnd>()
            .AddSingleton<BeginStep>()
            .AddSingleton<QueryStep>()
            .AddSingleton<BatchSender>()
            .AddSingleton<AudienceShapes>()
            .AddSingleton<AudienceResolver>()
            .AddSingleton<SharedKeys>()
            .AddSingleton<LaneRunner>()
            .AddSingleton<PublishStep>()
            .AddSingleton<RunPlanSummary>()
            .AddSingleton<RunFinisher>()
            .AddSingleton<RunFlow>()
            .AddSingleton<RunStarter>()
            .AddSingleton<IRunStarter>(provider => provider.GetRequiredService<RunStarter>())
            .AddSingleton<ISegmentRuns, ActiveRuns>()
            .AddSingleton<RunService>()
            .AddSingleton<RunRows>()
            .AddSingleton<RunRequests>()
            .AddSingleton<DeliveryOverview>()
            .AddSingleton<SegmentHistory>()
            .AddSingleton<DestinationSpecs>()
            .AddSingleton<MembershipTraces>()
            .AddSingleton<DraftImpacts>()
            .AddSingleton<Memberships>()
            .AddSingleton<RunMetrics>()
            .AddSingleton<AudienceSizes>()
            .AddSingleton<Sparklines>()
            .AddSingleton<RunWatchdog>()
            .AddSingleton<StepRunner>()
            .AddSingleton<PoisonedSteps>()
            .AddSingleton<Retention>()
            .AddSingleton<EventTester>()
            .AddSingleton<DeliverySimulator>()
            .AddSingleton<DestinationPreview>();
    }
}
