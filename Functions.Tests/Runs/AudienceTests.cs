using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>Runs that find or create their audience.</summary>
public sealed class AudienceTests
{
    private readonly EngineHarness _engine = new(finds: true);

    [Fact]
    public async Task Run_NoAudienceYet_CreatesItOnceAndRemembersIt()
    {
        _engine.PutMany(2);
        await _engine.RunAsync();
        _engine.Put(EngineHarness.Id(7));
        await _engine.RunAsync();

        _engine.Platform.Audiences.ShouldBe(new Dictionary<string, string> { ["VIPs"] = "aud-1" });
        _engine.Platform.AudienceCalls.ShouldBe(1);
        _engine.Platform.Calls.ShouldAllBe(batch => batch.Audience.ExternalId == "aud-1");
        (await _engine.States.GetAsync(EngineHarness.DestinationId, default))!.AudienceId.ShouldBe("aud-1");
        DestinationView.Of(EngineHarness.Destination, await _engine.States.GetAsync(EngineHarness.DestinationId, default)).Audience.ExternalId.ShouldBe("aud-1");
    }

    [Fact]
    public async Task Run_AudienceThere_TakesIt()
    {
        _engine.Platform.Audiences["VIPs"] = "aud-9";
        _engine.Put("c-1");

        await _engine.RunAsync();

        _engine.Platform.Calls.ShouldAllBe(batch => batch.Audience.ExternalId == "aud-9");
    }

    [Fact]
    public async Task Run_AudienceGiven_AsksNobody()
    {
        await _engine.ChangeAsync(destination => destination with { Audience = destination.Audience with { ExternalId = "mine" } });
        _engine.Put("c-1");

        await _engine.RunAsync();

        _engine.Platform.AudienceCalls.ShouldBe(0);
        _engine.Platform.Calls.ShouldAllBe(batch => batch.Audience.ExternalId == "mine");
    }

    [Fact]
    public async Task Run_Dry_CreatesNothing()
    {
        _engine.Put("c-1");

        await _engine.RunAsync(dryRun: true);

        _engine.Platform.AudienceCalls.ShouldBe(0);
    }

    [Fact]
    public async Task Run_PlatformIsAwayForAWhile_WaitsAndBegins()
    {
        _engine.Put("c-1");
        _engine.Platform.AudienceReplies.Enqueue(new DeliveryOutcome.Failed("http_503", "Down."));
        _engine.Platform.AudienceReplies.Enqueue(new DeliveryOutcome.Throttled(TimeSpan.FromMinutes(3), "http_429"));

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Succeeded);
        _engine.Platform.AudienceCalls.ShouldBe(3);
        _engine.Time.GetUtcNow().ShouldBeGreaterThan(run.StartedAt + TimeSpan.FromMinutes(3));
        _engine.ShouldHaveList("c-1");
    }

    [Fact]
    public async Task Run_PlatformStaysAway_FailsWithNothingSent()
    {
        _engine.Put("c-1");
        for (var time = 0; time < 50; time++)
        {
            _engine.Platform.AudienceReplies.Enqueue(new DeliveryOutcome.Failed("http_503", "Down."));
        }

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Failed);
        run.TopErrors.Single().Code.ShouldBe("http_503");
        run.TopErrors.Single().Detail.ShouldBe("The audience 'VIPs' could not be found or created: Down.");
        _engine.Platform.AudienceCalls.ShouldBe(_engine.Delivery.MaxAttempts);
        _engine.Platform.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_CredentialsRefused_PausesTheConnection()
    {
        _engine.Put("c-1");
        _engine.Platform.IsAuthorized = false;
        _engine.Platform.AudienceReplies.Enqueue(new DeliveryOutcome.Unauthorized("http_401", "Bad key."));

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Failed);
        (await _engine.ConnectionStore.GetAsync(EngineHarness.ConnectionId, default))!.Status.ShouldBe(ConnectionStatus.Unauthorized);
        (await _engine.States.GetAsync(EngineHarness.DestinationId, default))!.State.ShouldBe(DestinationCondition.Unauthorized);
        _engine.Platform.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_WorkersDieAnywhere_CreatesOneAudience()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var engine = new EngineHarness(seed, finds: true) { KillChance = 0.6 };
            engine.PutMany(2);

            await engine.RunAsync();

            engine.Platform.Audiences.Count.ShouldBe(1, $"seed {seed}");
            engine.Platform.Calls.ShouldAllBe(batch => batch.Audience.ExternalId == "aud-1");
        }
    }

    [Fact]
    public async Task CleanUp_NoAudience_CreatesNone()
    {
        await _engine.ChangeAsync(destination => destination with { Deleting = true });

        (await _engine.RunAsync(purpose: RunPurpose.CleanUp)).Status.ShouldBe(RunStatus.Succeeded);

        _engine.Platform.Audiences.ShouldBeEmpty();
    }
}
