using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Profiles;
using AudienceSync.Runs;
using AudienceSync.Values;

namespace AudienceSync.Journeys;

/// <summary>Destinations of steps on the run engine itself.</summary>
public sealed class JourneyRunTests
{
    private const string StepKey = "j_o_opened__abc123";

    private readonly EngineHarness _engine = new();

    [Fact]
    public async Task List_WhoEntered_IsAddedAndNeverRemovedOrChanged()
    {
        _engine.PutMany(5);
        await FollowAsync(DestinationMode.AddOnly);
        Enter(0, 1);
        var first = await _engine.RunAsync();
        Enter(2);
        _engine.Put(EngineHarness.Id(1), orders: 9);
        Enter(1);
        _engine.Profiles.Remove(EngineHarness.Id(0));

        var second = await _engine.RunAsync();

        (first.Delivered, second.Delivered).ShouldBe((new(2, 0, 0), new(1, 0, 0)));
        _engine.ShouldHaveList(EngineHarness.Id(0), EngineHarness.Id(1), EngineHarness.Id(2));
        _engine.Platform.Calls.SelectMany(call => call.Rows).ShouldAllBe(row => row.Operation == DeliveryOperation.Add);
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
    }

    [Fact]
    public async Task Events_WhoEntered_IsToldOnceAndNothingElse()
    {
        _engine.Platform.KeyField = null;
        _engine.PutMany(5);
        await FollowAsync(DestinationMode.Events);
        Enter(0, 1);
        await _engine.RunAsync();
        _engine.Put(EngineHarness.Id(0), orders: 9);
        Enter(0);
        _engine.Profiles.Remove(EngineHarness.Id(1));

        var second = await _engine.RunAsync();

        second.Planned.Total.ShouldBe(0);
        var calls = _engine.Platform.Calls;
        calls.ShouldAllBe(call => call.Form == DeliveryForm.Events);
        calls.SelectMany(call => call.Rows).Select(row => (row.ProfileId, row.Operation)).ShouldBe([(EngineHarness.Id(0), DeliveryOperation.Add), (EngineHarness.Id(1), DeliveryOperation.Add)], ignoreOrder: true);
        var audience = calls[0].Audience;
        (audience.Key, audience.Step).ShouldBe((StepKey, new JourneyStepRef("spa_test", "Receiver")));
    }

    /// <summary>Nobody leaves a step: a clean-up forgets, and sends no event.</summary>
    [Fact]
    public async Task Events_CleanUp_SendsNothing()
    {
        _engine.Platform.KeyField = null;
        _engine.PutMany(3);
        await FollowAsync(DestinationMode.Events);
        Enter(0, 1);
        await _engine.RunAsync();
        var calls = _engine.Platform.Calls.Count;
        await _engine.ChangeAsync(destination => destination with { Deleting = true });

        (await _engine.RunAsync(purpose: RunPurpose.CleanUp)).Status.ShouldBe(RunStatus.Succeeded);

        _engine.Platform.Calls.Count.ShouldBe(calls);
        (await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default)).ShouldBeNull();
    }

    [Fact]
    public async Task RunSoon_WhileARunIsActive_IsFollowedByAnother()
    {
        _engine.PutMany(5);
        await FollowAsync(DestinationMode.AddOnly);
        Enter(0);
        var destination = (await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!;
        await _engine.Starter.RunSoonAsync(destination, default);
        await _engine.PumpAsync(() => Task.FromResult(_engine.Platform.Calls.Count > 0));
        Enter(1);

        await _engine.Starter.RunSoonAsync(destination, default);
        await _engine.PumpAsync();

        _engine.ShouldHaveList(EngineHarness.Id(0), EngineHarness.Id(1));
        (await _engine.Store.ListAsync(EngineHarness.DestinationId, new PageRequest(9, null), null, default)).Items.Select(run => run.Trigger).ShouldBe([RunTrigger.Again, RunTrigger.Entry], ignoreOrder: true);
    }

    [Fact]
    public async Task Run_StepGone_FailsAndSendsNothing()
    {
        _engine.PutMany(5);
        await FollowAsync(DestinationMode.AddOnly);
        await _engine.ChangeAsync(destination => destination with { Source = new DestinationSource.OfStep("jrn_1", "j_o_gone__abc123") });

        var run = await _engine.RunAsync();

        (run.Status, run.TopErrors[0].Code).ShouldBe((RunStatus.Failed, "source_unusable"));
    }

    private async Task FollowAsync(DestinationMode mode)
    {
        await _engine.Journeys.TryCreateAsync(
            new()
            {
                Id = "jrn_1",
                Key = "welcome",
                Name = "Welcome",
                Description = "",
                Enabled = true,
                Steps = [new(StepKey, "Opened", null)],
                CreatedAt = default,
                UpdatedAt = default,
                Revision = 1,
            },
            default);
        await _engine.ChangeAsync(destination => destination with { Source = new DestinationSource.OfStep("jrn_1", StepKey), Mode = mode });
    }

    private void Enter(params IEnumerable<int> numbers)
    {
        foreach (var number in numbers)
        {
            _engine.Profiles[EngineHarness.Id(number)][ProfileColumns.Journey(StepKey)] = Cell.Of(_engine.Time.GetUtcNow());
        }
    }
}
