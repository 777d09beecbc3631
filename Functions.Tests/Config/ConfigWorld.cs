using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Campaigns;
using AudienceSync.Connections;
using AudienceSync.Connectors;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Hosting;
using AudienceSync.Journeys;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;
using Microsoft.Extensions.DependencyInjection;

namespace AudienceSync.Config;

/// <summary>An installation on stores in memory, put together by the app's own registrations; runs are only noted.</summary>
internal sealed class ConfigWorld
{
    public ConfigWorld()
    {
        var hasher = new MemberHasher("sixteen bytes it"u8.ToArray());
        var pages = new MemoryPageStore();
        var services = new ServiceCollection().AddOptions().AddSingleton<TimeProvider>(Time).AddSegments().AddDestinations().AddCampaigns().AddJourneys().AddConfig();
        var provider = EngineRegistration.AddConnections(services)
            .AddSingleton(ConnectorList.All)
            .AddSingleton(new OutboundAddresses(AllowsPlainHttp: false))
            .AddSingleton<ISecretSealer>(new ReversibleSealer())
            .AddSingleton<IConnectorClient>(Platform)
            .AddSingleton<IConnectionStore>(Connections)
            .AddSingleton<ISegmentStore>(Segments)
            .AddSingleton<ISegmentSizes>(new MemorySegmentSizes())
            .AddSingleton<ISegmentRuns>(ActiveRuns)
            .AddSingleton<IDestinationStore>(Destinations)
            .AddSingleton<IDestinationStateStore>(new MemoryDestinationStateStore())
            .AddSingleton<IRunStarter>(Runs)
            .AddSingleton<ICampaignStore>(Campaigns)
            .AddSingleton<IHoldoutStore>(Campaigns)
            .AddSingleton<IJourneyStore>(Journeys)
            .AddSingleton<IAttributeCatalog>(new Attributes())
            .AddSingleton<IPageStore>(pages)
            .AddSingleton<IProfileShards>(new MemoryProfileShards(pages, hasher, Time, new()))
            .AddSingleton(hasher)
            .AddSingleton(new TrackingIds(new byte[32], hasher))
            .BuildServiceProvider();
        Service = provider.GetRequiredService<ConfigService>();
        Target = provider.GetRequiredService<ConfigTarget>();
    }

    public ManualTimeProvider Time { get; } = new(new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));

    public MemoryConnectionStore Connections { get; } = new();

    public MemorySegmentStore Segments { get; } = new();

    public MemoryDestinationStore Destinations { get; } = new();

    public MemoryCampaignStore Campaigns { get; } = new();

    public MemoryJourneyStore Journeys { get; } = new();

    public DestinationWorld.RecordedRuns Runs { get; } = new();

    public ListedRuns ActiveRuns { get; } = new();

    public ScriptedConnectorClient Platform { get; } = new();

    public ConfigService Service { get; }

    public ConfigTarget Target { get; }

    public async Task<JsonObject> ExportAsync() =>
        JsonNode.Parse(JsonSerializer.Serialize((await Service.GetAsync(default)).View, ConfigJson.Default.ConfigView))!.AsObject();

    public Task<Result<ConfigPlan>> TryPutAsync(JsonNode document, bool plan = false, bool prune = false, string? ifMatch = null) =>
        Service.PutAsync(JsonElement.Parse(document.ToJsonString()), new(plan, prune), ifMatch, default);

    public async Task<ConfigPlan> PutAsync(JsonNode document, bool plan = false, bool prune = false) => (await TryPutAsync(document, plan, prune)).ShouldBeOk();

    public async Task<ConfigPlan> PlanAsync(JsonNode document, bool prune = false) => await PutAsync(document, plan: true, prune);

    /// <summary>Each fault as <c>pointer code</c>.</summary>
    public async Task<IReadOnlyList<string>> FaultsOfAsync(JsonNode document, bool prune = false) =>
        [.. (await TryPutAsync(document, prune: prune)).ShouldBeRefused("validation_failed").Faults.Select(fault => $"{fault.Pointer} {fault.Code}")];

    /// <summary>The changes in short: <c>+segment loyal</c>, <c>~connection hook /name</c>, <c>-destination old</c>.</summary>
    public static IReadOnlyList<string> Short(ConfigPlan plan) =>
    [
        .. plan.Creates.Select(change => $"+{change.Type} {change.Key}"),
        .. plan.Updates.Select(change => $"~{change.Type} {change.Key} {string.Join(' ', change.Fields!.Value.Select(field => field.Pointer))}"),
        .. plan.Deletes.Select(change => $"-{change.Type} {change.Key}"),
    ];

    private sealed class Attributes : IAttributeCatalog
    {
        public Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> ReadAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyDictionary<string, ImmutableArray<CellType>>>(new Dictionary<string, ImmutableArray<CellType>> { ["orders"] = [CellType.Integer] });
    }

    /// <summary>Runs that a test says are under way.</summary>
    public sealed class ListedRuns : ISegmentRuns
    {
        public List<SegmentRun> All { get; } = [];

        public Task<ImmutableArray<SegmentRun>> ActiveAsync(IReadOnlyCollection<SegmentUser> users, CancellationToken cancellationToken) =>
            Task.FromResult<ImmutableArray<SegmentRun>>([.. All.Where(run => users.Any(user => user.Id == run.DestinationId))]);
    }
}
