using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connections;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;
using Moq;

namespace AudienceSync.Destinations;

/// <summary>A shared and a private segment, a connection per test connector, and services on stores in memory.</summary>
internal sealed class DestinationWorld
{
    public const string Body = """
        {"key":"lapsed-to-hook","name":"Lapsed → Hook","source":{"segmentId":"seg_shared"},"connectionId":"con_open","audience":{"name":"Lapsed loyal"},
         "schedule":{"intervalMinutes":360},
         "mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"email","to":"email"},{"template":"{{country}}-{{orders}}","to":"label"}]}
        """;

    private readonly Mock<ISegmentStore> _segments = new();

    public DestinationWorld()
    {
        AddSegment("seg_shared", "Lapsed loyal", SegmentVisibility.Shared);
        AddSegment("seg_other", "Other", SegmentVisibility.Shared);
        AddSegment("seg_private", "Mine", SegmentVisibility.Private);
        foreach (var connector in TestConnectors.Catalog.All)
        {
            Connections.TryCreateAsync(
                new() { Id = $"con_{connector.Type}", Key = connector.Type, Type = connector.Type, Name = connector.DisplayName, CreatedAt = default, UpdatedAt = default },
                default).GetAwaiter().GetResult();
        }

        var attributes = new Attributes();
        Shards = new(Pages, new("sixteen bytes it"u8.ToArray()), Time, new());
        var segments = new SegmentService(_segments.Object, new MemorySegmentSizes(), [], attributes, Time);
        var sources = new MemberSources([new SegmentSource(segments), new QuerySource(Connections, TestConnectors.Catalog)], segments);
        var trackingIds = new TrackingIds(new byte[32], new(new byte[16]));
        var opener = new ConnectionService(
            Connections, TestConnectors.Catalog, new(TestConnectors.Catalog, new ConnectionDefaultsRules(), new(false)), new(new ReversibleSealer(), Time), [], Time);
        var queries = new QueryReader(opener, [Warehouse], trackingIds, Time);
        Validator = new(
            sources, Connections, Store, TestConnectors.Catalog, attributes, new(sources, queries, Shards, Pages, trackingIds, Time), queries, new(opener, []));
        Drafts = new(Validator, Time);
        Writer = new(Store, States, Drafts, new(Store, States), Runs, Time);
        Service = new(Store, States, Drafts, Writer, new(States));
    }

    public ManualTimeProvider Time { get; } = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public MemoryConnectionStore Connections { get; } = new();

    public MemoryDestinationStore Store { get; } = new();

    public MemoryDestinationStateStore States { get; } = new();

    public RecordedRuns Runs { get; } = new();

    public MemoryPageStore Pages { get; } = new();

    public MemoryProfileShards Shards { get; }

    /// <summary>Answers queries over <c>con_warehouse</c>.</summary>
    public MemoryQuerySource Warehouse { get; } = new("warehouse");

    public DestinationValidator Validator { get; }

    public DestinationDrafts Drafts { get; }

    public DestinationWriter Writer { get; }

    public DestinationService Service { get; }

    public async Task<DestinationView> CreateAsync(string body = Body) => (await Service.CreateAsync(JsonElement.Parse(body), default)).ShouldBeOk();

    public Task<Result<DestinationView>> TryPatchAsync(DestinationView current, string patch, bool mayEdit = true) =>
        Service.PatchAsync(current.Id, JsonElement.Parse(patch), current.ETag, mayEdit, default);

    public async Task<DestinationView> PatchAsync(DestinationView current, string patch) => (await TryPatchAsync(current, patch)).ShouldBeOk();

    public async Task SetDefaultsAsync(string connectionId, string defaults) => await Connections.TryReplaceAsync(
        (await Connections.GetAsync(connectionId, default))! with { Defaults = JsonElement.Parse(defaults) }, default);

    public void AddSegment(string id, string name, SegmentVisibility visibility) => _segments
        .Setup(store => store.GetAsync(id, It.IsAny<CancellationToken>()))
        .ReturnsAsync(new Segment
        {
            Id = id,
            Key = id,
            Name = name,
            Description = "Of a test.",
            Visibility = visibility,
            Rules = new RuleNode.All([]),
            CreatedAt = default,
            UpdatedAt = default,
        });

    private sealed class Attributes : IAttributeCatalog
    {
        public Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> ReadAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyDictionary<string, ImmutableArray<CellType>>>(new Dictionary<string, ImmutableArray<CellType>>
            {
                ["orders"] = [CellType.Integer],
                ["country"] = [CellType.Text],
                ["lastOrderAt"] = [CellType.DateTime],
                ["vip"] = [CellType.Boolean],
                ["tags"] = [CellType.TextList],
                ["revenue"] = [CellType.Integer, CellType.Decimal],
                ["birthday"] = [CellType.Date],
            });
    }

    /// <summary>What was asked of runs, in order: <c>first dst_1</c>, <c>cancel dst_1</c> …</summary>
    public sealed class RecordedRuns : IRunStarter
    {
        private readonly List<string> _calls = [];

        public Refusal? RefusesCleanUp { get; set; }

        /// <summary>What was asked since the last look, without the ids.</summary>
        public IReadOnlyList<string> Take()
        {
            var calls = _calls.ToList();
            _calls.Clear();
            return calls;
        }

        public Task StartFirstAsync(Destination destination, CancellationToken cancellationToken) => Note("first");

        public Task RunSoonAsync(Destination destination, CancellationToken cancellationToken) => Note("soon");

        public Task CancelActiveAsync(string destinationId, CancellationToken cancellationToken) => Note("cancel");

        public Task ForgetAsync(string destinationId, CancellationToken cancellationToken) => Note("forget");

        public async Task<Result<string>> StartCleanUpAsync(Destination destination, CancellationToken cancellationToken)
        {
            destination.Deleting.ShouldBeTrue();
            await Note("clean up");
            return RefusesCleanUp is { } refusal ? refusal : "run_1";
        }

        private Task Note(string call)
        {
            _calls.Add(call);
            return Task.CompletedTask;
        }
    }
}
