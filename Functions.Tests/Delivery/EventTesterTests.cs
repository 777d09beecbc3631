using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Connectors;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Profiles;
using AudienceSync.Suppressions;
using AudienceSync.Values;

namespace AudienceSync.Delivery;

public sealed class EventTesterTests
{
    private readonly ManualTimeProvider _time = new(Samples.Now);
    private readonly MemoryDestinationStore _destinations = new();
    private readonly MemoryDestinationStateStore _states = new();

    [Fact]
    public async Task Test_PlatformTakesJobs_WaitsForTheAnswerAndTakesTheTestMemberOffByItsId()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(404), ScriptedOutbound.Answer(201, "list-7"),
            ScriptedOutbound.Answer(202, "job-1"), ScriptedOutbound.Answer(200, "running"), ScriptedOutbound.Answer(200, "id-9"),
            ScriptedOutbound.Answer(202, "job-2"), ScriptedOutbound.Answer(200, "id-9"));

        var test = TestAsync(outbound, isDryRun: false);
        for (var tick = 0; tick < 60 && !test.IsCompleted; tick++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        var report = await test;
        report.Ok.ShouldBeTrue();
        report.Outcome!.Code.ShouldBe("accepted");
        report.Steps.Select(step => step.Name).ShouldBe(["gates", "map", "deliver", "cleanUp"]);
        outbound.Sent.Select(sent => sent.Url.PathAndQuery).ShouldBe(
            ["/lists?name=VIPs", "/lists", "/lists/list-7/add?id=", "/jobs/job-1", "/jobs/job-1", "/lists/list-7/remove?id=id-9", "/jobs/job-2"]);
        (await _states.GetAsync(EngineHarness.DestinationId, default))!.AudienceId.ShouldBe("list-7");
    }

    [Fact]
    public async Task Test_AudienceCannotBeFound_SaysSoAndSendsNobody()
    {
        var report = await TestAsync(new ScriptedOutbound(ScriptedOutbound.Answer(401, "no")), isDryRun: false);

        report.Ok.ShouldBeFalse();
        report.Steps[^1].Name.ShouldBe("audience");
        report.Outcome!.Code.ShouldBe("http_401");
    }

    [Fact]
    public async Task Test_Dry_CallsNobody()
    {
        var outbound = new ScriptedOutbound();

        (await TestAsync(outbound, isDryRun: true)).Outcome!.Code.ShouldBe("dry_run");

        outbound.Sent.ShouldBeEmpty();
    }

    private async Task<TestEventReport> TestAsync(ScriptedOutbound outbound, bool isDryRun)
    {
        var catalog = new ConnectorCatalog(Connector);
        var connectionStore = new MemoryConnectionStore();
        var connections = new ConnectionService(
            connectionStore, catalog, new(catalog, new ConnectionDefaultsRules(), new(false)), new(new ReversibleSealer(), _time), [], _time);
        await connectionStore.TryCreateAsync(new() { Id = EngineHarness.ConnectionId, Key = "sample", Type = "sample", Name = "Sample", CreatedAt = default, UpdatedAt = default }, default);
        await _destinations.TryCreateAsync(EngineHarness.Destination, default);
        var client = new ConnectorClient(outbound, _time);
        var trackingIds = new TrackingIds("another secret"u8.ToArray(), new(new byte[16]));
        var tester = new EventTester(
            _destinations, connections, null!, new NoAttributes(), new SuppressionWorld().List, trackingIds, new(_states, client, new("spa_test")),
            new(connections, [], trackingIds, _time),
            new([], new(new MemorySegmentStore(), new MemorySegmentSizes(), [], new NoAttributes(), _time)), new(new byte[16]), client, _time);
        return (await tester.TestAsync(EngineHarness.DestinationId, new(TestEventKind.Entered, isDryRun, ProfileId: null), default)).ShouldBeOk();
    }

    private static ConnectorDefinition Connector { get; } = Samples.Connector(new Step<DeliveryBatch>
    {
        Name = "submit",
        BuildRequest = (batch, _, _) => Get($"lists/{batch.Audience.ExternalId}/{batch.Rows[0].Operation.ToString().ToLowerInvariant()}?id={batch.Rows[0].RemoteId}"),
        ReadResponse = (response, _, _, _) => ResponseRules.Read(response, () => new DeliveryOutcome.Pending(response.Text, TimeSpan.FromMinutes(1))),
    }) with
    {
        Capabilities = EngineHarness.Card,
        FindAudience =
        [
            new()
            {
                Name = "find",
                BuildRequest = (audience, _, _) => Get($"lists?name={audience.Name}"),
                ReadResponse = (response, _, _, _) => response.Status == 404 ? StepResult.Next : ResponseRules.Read(response, () => new StepResult.Found(response.Text)),
            },
        ],
        CreateAudience =
        [
            new() { Name = "create", BuildRequest = (_, _, _) => Get("lists"), ReadResponse = (response, _, _, _) => new StepResult.Found(response.Text) },
        ],
        PollJob =
        [
            new()
            {
                Name = "poll",
                BuildRequest = (job, _, _) => Get($"jobs/{job.JobId}"),
                ReadResponse = (response, job, _, _) => response.Text is "running"
                    ? new DeliveryOutcome.Pending(job.JobId, TimeSpan.FromMinutes(1))
                    : (StepResult)RowOutcome.AcceptedAs(response.Text),
            },
        ],
    };

    private static HttpRequestMessage Get(string path) => new(HttpMethod.Get, $"https://api.example/{path}");

    private sealed class NoAttributes : IAttributeCatalog
    {
        public Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> ReadAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyDictionary<string, ImmutableArray<CellType>>>(ImmutableDictionary<string, ImmutableArray<CellType>>.Empty);
    }
}
