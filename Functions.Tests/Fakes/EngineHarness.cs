using System.Collections.Immutable;
using System.Globalization;
using AudienceSync.Campaigns;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Journeys;
using AudienceSync.Observability;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Runs;
using AudienceSync.Segments;
using AudienceSync.Snapshots;
using AudienceSync.Values;
using Microsoft.Extensions.Logging.Abstractions;

namespace AudienceSync.Fakes;

/// <summary>The whole run engine over stores in memory: one destination that follows the VIPs among some profiles, on a platform that keeps its list.</summary>
/// <remarks>One thread, one message at a time, in an order that a seed decides; time moves only when nothing can be done. A worker may be killed at any
/// call of a store; its message then stays invisible as on the real queue.</remarks>
internal sealed partial class EngineHarness
{
    public const string DestinationId = "dst_1";
    public const string ConnectionId = "con_1";
    public const string Purpose = "marketing";

    private static readonly TimeSpan TickEvery = TimeSpan.FromMinutes(1);

    private readonly Random _random;
    private readonly FaultyPageStore _pages;
    private DateTimeOffset _nextTick;

    /// <param name="finds">The connector finds and creates audiences.</param>
    /// <param name="connector">Takes the place of the made-up one; with its client.</param>
    /// <param name="calls">Makes what takes the place of <see cref="Platform"/>.</param>
    public EngineHarness(
        int seed = 1, Func<Capabilities, Capabilities>? card = null, bool finds = false,
        ConnectorDefinition? connector = null, Func<ManualTimeProvider, IConnectorClient>? calls = null)
    {
        _random = new(seed);
        TrackingIds = new("another secret"u8.ToArray(), Hasher);
        _nextTick = Time.GetUtcNow() + TickEvery;
        _pages = new(Pages, Points);
        Store = new(Points);
        Ledgers = new(Points);
        Leases = new(Points);
        Outcomes = new(Points);
        Queue = new(Time, Points);
        Paces = new(Points);
        Summaries = new(Points);
        RosterStore = new(Points);
        Platform = new(Points);
        Client = calls?.Invoke(Time) ?? Platform;
        Shards = new(Pages, Hasher, Time, Points);
        SuppressionStore = new(Points);
        SuppressionKeys = new("thirty-two bytes of a test secret"u8.ToArray(), Hasher);
        Suppressions = new(SuppressionStore, _pages, SuppressionKeys, new(_pages), Time);
        Erasures = new(Points);
        ErasureTargets = new(Erasures, Hasher, PersonHashes, Time);
        Connector = connector ?? TestConnectors.Open with
        {
            Type = "receiver",
            Settings = [],
            Capabilities = card?.Invoke(Card) ?? Card,
            FindAudience = finds ? [NoCall] : [],
            CreateAudience = finds ? [NoCall] : [],
        };
        var catalog = new ConnectorCatalog(Connector);
        Connections = new(ConnectionStore, catalog, new(catalog, new ConnectionDefaultsRules(), new(false)), new(new ReversibleSealer(), Time), [], Time);
        Segments = new(SegmentStore, SegmentSizes, [new DestinationUsage(Destinations)], Attributes, Time);
        var operationIds = new OperationIds("a secret"u8.ToArray());
        var settler = new ShardSettler(_pages, Outcomes, Time);
        var planner = new ShardPlanner(_pages, Hasher, operationIds, TrackingIds, Time);
        var summary = new RunPlanSummary(Store);
        var rosters = new Rosters(RosterStore, Store, _pages, Time);
        Starter = new(Store, Leases, Queue, Ledgers, rosters, Destinations, States, Time);
        Finisher = new(Store, Leases, Destinations, States, new(Destinations, States), Starter, rosters, Summaries, Instruments, Time);
        Flow = new(Store, Queue, Ledgers, new(summary, SegmentSizes), summary, Finisher, Options, Time);
        var client = new RecordingClient(
            new MeteredClient(Client, Instruments, Time), Records, PersonHashes, Delivery, Time, NullLogger<RecordingClient>.Instance);
        Lanes = new(Store, Outcomes, _pages, new(client), Connections, Paces, new(Store, Ledgers, _pages, Hasher), ErasureTargets, TrackingIds, Delivery, Time, NullLogger<LaneRunner>.Instance);
        var publish = new PublishStep(Store, Outcomes, Connections, client, Delivery, Time);
        var end = new EarlyEnd(Store, Finisher, Connections, Delivery, Time);
        var sources = new MemberSources(
            [new SegmentSource(Segments), new QuerySource(ConnectionStore, catalog), new CampaignSource(Campaigns, Campaigns), new JourneySource(Journeys)], Segments);
        var begin = new BeginStep(
            Store, end, Destinations, Connections, sources, Shards, Suppressions, ErasureTargets, Attributes, Ledgers, new(States, client, new("spa_test")), Time);
        Queries = new(Connector.Type, Points);
        var query = new QueryStep(Store, end, new(Connections, [Queries], TrackingIds, Time), catalog, Suppressions, _pages, Hasher, TrackingIds, Time);
        var shards = new ShardSteps(
            Store, Ledgers, rosters, new SnapshotWriter(_pages, Hasher, Time), Suppressions, planner, new(_pages, Hasher), new(_pages, operationIds, PersonHashes, Time), settler,
            catalog, TrackingIds);
        Steps = new(Store, Queue, Flow, begin, query, shards, Lanes, publish, Options, Time, NullLogger<StepRunner>.Instance);
        Poisoned = new(Store, Flow, Finisher, Lanes, NullLogger<PoisonedSteps>.Instance);
        Runs = new(Store, Ledgers, Destinations, Leases, Starter, Finisher, Flow);
        Rows = new(Store, Outcomes, Pages);
        var specs = new DestinationSpecs(ConnectionStore, catalog, Attributes, Suppressions, shards, Hasher);
        Drafts = new(SegmentStore, [new DestinationUsage(Destinations)], new ActiveRuns(Store, Leases, Destinations), Segments, Attributes, Time);
        Impacts = new(
            Drafts, Segments, SegmentStore, [new DestinationUsage(Destinations)], sources, Destinations, specs, Ledgers, new(Shards, Pages), Pages, Time);
        Traces = new(sources, specs, Ledgers, Store, Outcomes, Pages, Hasher, operationIds, TrackingIds, Time);
        Watchdog = new(
            Store, Leases, Flow, Finisher, Starter, Destinations, States, ConnectionStore, new(Connections, Client), Options, Instruments, Time, NullLogger<RunWatchdog>.Instance);
        Worker = BuildWorker(client, catalog);
        Seed();
    }

    private static Step<AudienceRef> NoCall => new()
    {
        Name = "audience",
        BuildRequest = (_, _, _) => null,
        ReadResponse = (_, _, _, _) => StepResult.Next,
    };

    public static Capabilities Card { get; } = new()
    {
        Forms = [DeliveryForm.Membership, DeliveryForm.Events],
        Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
        RowsPerBatch = 3,
        ConcurrentCalls = 2,
        MixesOperations = false,
    };

    public ManualTimeProvider Time { get; } = new(new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    public Instruments Instruments { get; } = new(new TestMeters());

    public FaultPoints Points { get; } = new();

    public MemberHasher Hasher { get; } = new("sixteen bytes it"u8.ToArray());

    public TrackingIds TrackingIds { get; }

    public MemoryPageStore Pages { get; } = new();

    public MemoryRunStore Store { get; }

    public MemoryLedgerStore Ledgers { get; }

    public MemoryRunLeases Leases { get; }

    public MemoryBatchOutcomeStore Outcomes { get; }

    public MemoryRunQueue Queue { get; }

    public MemoryConnectionPaces Paces { get; }

    public MemoryRunSummaries Summaries { get; }

    public MemoryRosterStore RosterStore { get; }

    public MemoryDeliveryRecords Records { get; } = new();

    public MemoryDestinationStore Destinations { get; } = new();

    public MemoryDestinationStateStore States { get; } = new();

    public MemoryConnectionStore ConnectionStore { get; } = new();

    public MemorySegmentStore SegmentStore { get; } = new();

    public MemoryCampaignStore Campaigns { get; } = new();

    public MemoryJourneyStore Journeys { get; } = new();

    public MemorySegmentSizes SegmentSizes { get; } = new();

    public SegmentService Segments { get; }

    /// <summary>None unless a test adds some.</summary>
    public MemoryAttributes Attributes { get; } = new();

    public MemoryProfileShards Shards { get; }

    /// <summary>Answers the queries of destinations that have one as their source.</summary>
    public MemoryQuerySource Queries { get; }

    public ScriptedConnectorClient Platform { get; }

    /// <summary>What the engine calls: <see cref="Platform"/>, or the client a test gave.</summary>
    public IConnectorClient Client { get; }

    public ConnectorDefinition Connector { get; }

    public ConnectionService Connections { get; }

    public RunOptions Options { get; } = new();

    /// <summary>Nothing is waited for in place: time moves only when nobody works.</summary>
    public DeliveryOptions Delivery { get; } = new() { WaitInPlace = TimeSpan.Zero };

    public RunStarter Starter { get; }

    public RunFinisher Finisher { get; }

    public RunFlow Flow { get; }

    public LaneRunner Lanes { get; }

    public StepRunner Steps { get; }

    public PoisonedSteps Poisoned { get; }

    public RunService Runs { get; }

    public RunRows Rows { get; }

    public MembershipTraces Traces { get; }

    public SegmentDrafts Drafts { get; }

    public DraftImpacts Impacts { get; }

    public RunWatchdog Watchdog { get; }

    /// <summary>What workers failed with, kills aside.</summary>
    public List<Exception> Errors { get; } = [];

    /// <summary>Chance that a worker is killed while it works on a message, at a point within the next sixty.</summary>
    public double KillChance { get; set; }

    /// <summary>Workers killed so far.</summary>
    public int Kills { get; private set; }

    public SortedDictionary<string, Row> Profiles => Shards.Profiles;

    /// <summary>Guards off, the mapping by id: what most tests want.</summary>
    public static Destination Destination { get; } = new()
    {
        Id = DestinationId,
        Key = "vips",
        Name = "VIPs",
        Source = new DestinationSource.OfSegment("seg_1"),
        ConnectionId = ConnectionId,
        Audience = new("VIPs", null),
        Schedule = Schedule.Default,
        AutoSync = false,
        Mapping = Mapping(("id", "user_id", true), ("email", "email", false), ("orders", "orders", false)),
        Guards = new() { MaxRemovePercent = null, MaxRemoveCount = null, MaxAddPercent = null, MaxInvalidPercent = null },
        CreatedAt = default,
        UpdatedAt = default,
    };

    public static ImmutableArray<MappingEntry> Mapping(params (string From, string To, bool Identifier)[] entries) =>
        [.. entries.Select(entry => new MappingEntry { From = entry.From, To = entry.To, Identifier = entry.Identifier })];

    /// <summary>Puts a profile in the place of what was there.</summary>
    public void Put(string id, bool vip = true, string? email = null, long orders = 1, bool? consent = null)
    {
        var row = new Row { [ProfileColumns.Id] = Cell.Of(id), ["vip"] = Cell.Of(vip), ["orders"] = Cell.Of(orders) };
        row[ProfileColumns.Email] = email is "" ? default : Cell.Of(email ?? $"{id}@example.com");
        row[ProfileColumns.Consent(Purpose)] = consent is { } given ? Cell.Of(given) : default;
        Profiles[id] = row;
    }

    /// <summary>Puts a profile that has had these values, seen minute by minute: the last is the one it goes by.</summary>
    public void PutSeen(string id, string[] emails, string[]? phones = null, bool vip = true, long orders = 1)
    {
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        IEnumerable<ProfileOperation> operations =
        [
            Identify(0, ("vip", Cell.Of(vip)), ("orders", Cell.Of(orders))),
            .. emails.Select((email, minute) => Identify(minute + 1, (ProfileColumns.Email, Cell.Of(email)))),
            .. (phones ?? []).Select((phone, minute) => Identify(minute + 1, (ProfileColumns.Phone, Cell.Of(phone)))),
        ];
        Profiles[id] = ProfileState.Merge(null, operations, out _)!.ToRow();

        ProfileOperation Identify(int minute, params IEnumerable<(string Name, Cell Cell)> values) =>
            new(OperationKind.Identify, id, at.AddMinutes(minute)) { Values = [.. values.Select(value => KeyValuePair.Create(value.Name, value.Cell))] };
    }

    public void PutMany(int count, int from = 0)
    {
        for (var number = from; number < from + count; number++)
        {
            Put(Id(number));
        }
    }

    public static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"c-{number:D4}");

    public async Task ChangeAsync(Func<Destination, Destination> change) =>
        (await Destinations.TryReplaceAsync(change((await Destinations.GetAsync(DestinationId, default))!), default)).ShouldNotBeNull();

    public async Task<Run> StartAsync(RunMode mode = RunMode.Incremental, bool dryRun = false, RunPurpose purpose = RunPurpose.Sync) =>
        (await Starter.StartAsync((await Destinations.GetAsync(DestinationId, default))!, RunTrigger.Manual, mode, purpose, dryRun, null, default)).ShouldBeOk();

    /// <summary>Starts a run and works until nothing is left to do.</summary>
    public async Task<Run> RunAsync(RunMode mode = RunMode.Incremental, bool dryRun = false, RunPurpose purpose = RunPurpose.Sync)
    {
        var run = await StartAsync(mode, dryRun, purpose);
        await PumpAsync();
        return await GetAsync(run.Id);
    }

    public async Task<Run> GetAsync(string runId) => (await Store.FindAsync(runId, default)).ShouldNotBeNull();

    public async Task<RunStatus> StatusAsync(string runId) => (await GetAsync(runId)).Status;

    public Task<LedgerManifest> LedgerAsync() => Ledgers.ReadAsync(DestinationId, default);

    /// <summary>Works until no run is under way but held ones.</summary>
    public Task PumpAsync() => PumpAsync(IsIdleAsync);

    /// <summary>Works until the condition holds.</summary>
    public async Task PumpAsync(Func<Task<bool>> isDone)
    {
        for (var step = 0; step < 20_000; step++)
        {
            if (await isDone())
            {
                return;
            }

            if (Time.GetUtcNow() >= _nextTick)
            {
                _nextTick = Time.GetUtcNow() + TickEvery;
                await WorkAsync(() => Watchdog.TickAsync(default));
                await WorkAsync(() => Worker.TickAsync(default));
            }
            else if (!await StepAsync() && !await EraseStepAsync())
            {
                Time.Advance(new[] { Queue.NextVisible, ErasureQueue.NextVisible, _nextTick }.Min()!.Value - Time.GetUtcNow());
            }
        }

        throw new InvalidOperationException("The engine is still at work after 20,000 steps.");
    }

    /// <summary>Works on one message; false when none can be seen.</summary>
    public async Task<bool> StepAsync()
    {
        if (Queue.TryTake(_random) is not { } message)
        {
            return false;
        }

        var failure = await WorkAsync(() => message.IsPoison
            ? Poisoned.TakeAsync("queue", message.Text, default)
            : Steps.RunAsync(StepMessages.Read(message.Text), default));
        switch (failure)
        {
            case null:
                Queue.Delete(message);
                break;
            case WorkerKilledException:
                break;
            default:
                Errors.Add(failure);
                Queue.Fail(message);
                break;
        }

        return true;
    }

    public void ShouldHaveList(params IEnumerable<string> keys) => Platform.List.Keys.ShouldBe(keys.Order(StringComparer.Ordinal));

    /// <summary>What the list must be: everyone who passes the rule and the gates, field by field, next to the strangers.</summary>
    public async Task<SortedDictionary<string, string>> ExpectedAsync(IEnumerable<KeyValuePair<string, string>>? strangers = null)
    {
        var destination = (await Destinations.GetAsync(DestinationId, default))!;
        var expected = new SortedDictionary<string, string>(strangers?.ToDictionary() ?? [], StringComparer.Ordinal);
        foreach (var (id, profile) in Profiles)
        {
            var fields = new Row(destination.Mapping.Select(entry => KeyValuePair.Create(entry.To, profile[entry.From!])));
            var isIdentified = destination.Mapping.Any(entry => entry.Identifier && !profile[entry.From!].IsAbsent);
            var isConsented = destination.ConsentPurpose is not { } purpose || (profile[ProfileColumns.Consent(purpose)] is { IsAbsent: false } consent && consent.AsBoolean());
            if (profile["vip"].AsBoolean() && isConsented && isIdentified)
            {
                expected[Platform.KeyField is { } key ? fields[key].ToString() : id] = ScriptedConnectorClient.Show(fields);
            }
        }

        return expected;
    }

    /// <summary>The promises that hold for every finished run.</summary>
    public static void ShouldAddUp(Run run)
    {
        run.Planned.ShouldBe(run.Delivered + run.Rejected + run.CarriedOver, $"{run.Id} is {run.Status}");
        var funnel = run.Funnel;
        funnel.Members.ShouldBe(funnel.ConsentBlocked + funnel.Suppressed + funnel.Holdout + funnel.MissingIdentifier + funnel.Deliverable);
    }

    public async Task<bool> IsIdleAsync()
    {
        await foreach (var lease in Leases.ListHeldAsync(default))
        {
            if ((await Store.FindAsync(lease.RunId!, default))?.Status is not RunStatus.Held)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A worker at work. Null when it ended well, else what ended it; a dead one is followed by another.</summary>
    private async Task<Exception?> WorkAsync(Func<Task> work)
    {
        if (_random.NextDouble() < KillChance)
        {
            Points.KillAfter(_random.Next(60));
        }

        Points.IsWorking = true;
        try
        {
            await work();
            return null;
        }
        catch (Exception) when (Points.IsDead)
        {
            Kills++;
            return new WorkerKilledException();
        }
        catch (Exception e)
        {
            return e;
        }
        finally
        {
            Points.IsWorking = false;
            if (Points.IsDead || KillChance > 0)
            {
                Points.Revive();
            }
        }
    }

    private void Seed()
    {
        Destinations.TryCreateAsync(Destination, default).GetAwaiter().GetResult();
        ConnectionStore.TryCreateAsync(
            new() { Id = ConnectionId, Key = "receiver", Type = Connector.Type, Name = "Receiver", CreatedAt = default, UpdatedAt = default }, default).GetAwaiter().GetResult();
        SegmentStore.TryCreateAsync(
            new()
            {
                Id = "seg_1",
                Key = "vips",
                Name = "VIPs",
                Description = "",
                Visibility = SegmentVisibility.Shared,
                Rules = Rule("""{"attr":"vip","op":"eq","value":true}"""),
                CreatedAt = default,
                UpdatedAt = default,
            },
            default).GetAwaiter().GetResult();
    }

    private static RuleNode Rule(string json)
    {
        var faults = new List<Fault>();
        return RuleReader.Read(System.Text.Json.JsonElement.Parse(json), "", ImmutableDictionary<string, ImmutableArray<CellType>>.Empty, faults).ShouldNotBeNull();
    }
}
