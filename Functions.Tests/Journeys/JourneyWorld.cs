using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connections;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Journeys;

/// <summary>Journeys on stores in memory: two segments, a healthy connection per test connector and one of another state each, profiles, and runs that are only noted.</summary>
internal sealed class JourneyWorld
{
    public JourneyWorld()
    {
        foreach (var connector in TestConnectors.Catalog.All)
        {
            AddConnection($"con_{connector.Type}", connector.Type, ConnectionStatus.Healthy);
        }

        AddConnection("con_new", "open", ConnectionStatus.Unchecked);
        AddConnection("con_refused", "open", ConnectionStatus.Unauthorized);
        var attributes = new NoAttributes();
        var catalog = TestConnectors.Catalog;
        var service = new ConnectionService(Connections, catalog, new(catalog, new ConnectionDefaultsRules(), new(false)), new(new ReversibleSealer(), Time), [], Time);
        var checks = new ConnectionChecks(service, Platform);
        Segments = new(SegmentStore, new MemorySegmentSizes(), [new DestinationUsage(DestinationStore), new JourneyUsage(Store, DestinationStore)], attributes, Time);
        var sources = new MemberSources([new SegmentSource(Segments), new JourneySource(Store)], Segments);
        var queries = new QueryReader(service, [], Profiles.TrackingIds, Time);
        var validator = new DestinationValidator(
            sources, Connections, DestinationStore, catalog, attributes, new(sources, queries, Profiles.Fold, Profiles.Pages, Profiles.TrackingIds, Time), queries, new(service, []));
        var drafts = new DestinationDrafts(validator, Time);
        var writer = new DestinationWriter(DestinationStore, States, drafts, new(DestinationStore, States), Runs, Time);
        var views = new DestinationViews(States);
        var owned = new OwnedDestinations(DestinationStore, drafts, writer);
        Destinations = new(DestinationStore, States, drafts, writer, views);
        Journeys = new(Store, new(Segments, owned, Connections, checks), owned, new(owned, views), Time);
        Entries = new(Store, new(Profiles.Inbox, Profiles.Reader, Profiles.Hasher), Segments, new(new(Profiles.Fold, Profiles.Pages)), owned, Runs, Time);
        Sources = sources;
        AddSegment("seg_1", SegmentVisibility.Shared);
        AddSegment("seg_private", SegmentVisibility.Private);
    }

    public ProfileWorld Profiles { get; } = new();

    public ManualTimeProvider Time => Profiles.Time;

    public ScriptedConnectorClient Platform { get; } = new();

    public MemoryJourneyStore Store { get; } = new();

    public MemorySegmentStore SegmentStore { get; } = new();

    public MemoryConnectionStore Connections { get; } = new();

    public MemoryDestinationStore DestinationStore { get; } = new();

    public MemoryDestinationStateStore States { get; } = new();

    public DestinationWorld.RecordedRuns Runs { get; } = new();

    public SegmentService Segments { get; }

    public MemberSources Sources { get; }

    public DestinationService Destinations { get; }

    public JourneyService Journeys { get; }

    public EntryService Entries { get; }

    public static string Destination(string audience = "Mail", string connection = "con_open", string more = "") => $$"""
        {"connectionId":"{{connection}}","audience":{"name":"{{audience}}"},"mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"email","to":"email"}]{{more}}}
        """;

    public static string Body(string step = "Opened email", string destinations = "", string more = "") =>
        $$"""{"name":"Welcome","steps":[{"name":"{{step}}","destinations":[{{(destinations.Length > 0 ? destinations : Destination())}}]{{more}}}]}""";

    public async Task<JourneyView> CreateAsync(string? body = null) => (await Journeys.CreateAsync(JsonElement.Parse(body ?? Body()), default)).ShouldBeOk();

    public async Task<IReadOnlyList<string>> FaultsOfAsync(string body) => FaultsOf(await Journeys.CreateAsync(JsonElement.Parse(body), default));

    public static IReadOnlyList<string> FaultsOf<T>(Result<T> result) =>
        [.. result.Match(_ => throw new ShouldAssertException("It was taken."), refusal => refusal).Faults.Select(fault => $"{fault.Pointer} {fault.Code}")];

    public async Task<JourneyView> GetAsync(string id) => (await Journeys.GetAsync(id, default)).ShouldBeOk();

    public Task<Result<JourneyView>> TryPatchAsync(JourneyView journey, string patch, bool mayEdit = true, RemoteMembers remote = RemoteMembers.Leave) =>
        Journeys.PatchAsync(journey.Id, JsonElement.Parse(patch), journey.ETag, mayEdit, remote, default);

    public async Task<JourneyView> PatchAsync(JourneyView journey, string patch) => (await TryPatchAsync(journey, patch)).ShouldBeOk();

    public Task<Result<EntriesAnswer>> TryEnterAsync(JourneyView journey, string body, int step = 0) =>
        Entries.EnterAsync(journey.Id, journey.Steps[step].Key, JsonElement.Parse(body), default);

    private void AddConnection(string id, string type, ConnectionStatus status) => Connections.TryCreateAsync(
        new() { Id = id, Key = id, Type = type, Name = id, Status = status, CreatedAt = default, UpdatedAt = default }, default).GetAwaiter().GetResult();

    private void AddSegment(string id, SegmentVisibility visibility) => SegmentStore.TryCreateAsync(
        new()
        {
            Id = id,
            Key = id,
            Name = id,
            Description = "",
            Visibility = visibility,
            Rules = new RuleNode.Compare("vip", RuleOperator.Eq, new RuleOperand.One(Cell.Of(true))),
            CreatedAt = default,
            UpdatedAt = default,
        },
        default).GetAwaiter().GetResult();

    private sealed class NoAttributes : IAttributeCatalog
    {
        public Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> ReadAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyDictionary<string, ImmutableArray<CellType>>>(ImmutableDictionary<string, ImmutableArray<CellType>>.Empty);
    }
}
