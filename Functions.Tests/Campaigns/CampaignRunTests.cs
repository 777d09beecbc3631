using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Runs;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>Destinations of campaigns on the run engine itself.</summary>
public sealed class CampaignRunTests
{
    private readonly EngineHarness _engine = new();

    [Fact]
    public async Task Run_Group_SendsItsMembersAlone()
    {
        _engine.PutMany(400);
        await FollowAsync(Campaign());

        var run = await _engine.RunAsync();

        var expected = Ids().Where(id => Buckets.Of("salt", id) < 9_000).ToList();
        _engine.ShouldHaveList(expected);
        (run.Status, run.Funnel.Members, run.Funnel.Holdout).ShouldBe((RunStatus.Succeeded, expected.Count, 0));
        EngineHarness.ShouldAddUp(run);
    }

    [Fact]
    public async Task Run_Holdout_IsCountedInTheFunnel_AndThoseSentBeforeAreRemoved()
    {
        _engine.PutMany(400);
        await FollowAsync(Campaign());
        await _engine.RunAsync();
        await HoldOutAsync(2_000);

        var run = await _engine.RunAsync();

        var members = Ids().Where(id => Buckets.Of("salt", id) < 9_000).ToList();
        var heldOut = members.Where(id => Buckets.Of("out", id) < 2_000).ToList();
        _engine.ShouldHaveList(members.Except(heldOut));
        (run.Funnel.Members, run.Funnel.Holdout, run.Delivered.Remove).ShouldBe((members.Count, heldOut.Count, heldOut.Count));
        heldOut.Count.ShouldBeGreaterThan(20);
        EngineHarness.ShouldAddUp(run);
    }

    /// <summary>The first buckets are held out: a larger share takes more out and lets nobody in, a smaller one the other way round.</summary>
    [Fact]
    public async Task Run_HoldoutGrowsAndShrinks_MovesNobodyTheOtherWay()
    {
        _engine.PutMany(400);
        await FollowAsync(Campaign());
        await HoldOutAsync(2_000);
        await _engine.RunAsync();
        var before = HeldOut(2_000);

        await HoldOutAsync(3_500);
        var more = await _engine.RunAsync();
        await HoldOutAsync(500);
        var fewer = await _engine.RunAsync();

        more.Delivered.ShouldBe(new(0, 0, HeldOut(3_500).Except(before).Count()));
        fewer.Delivered.ShouldBe(new(HeldOut(3_500).Except(HeldOut(500)).Count(), 0, 0));
        before.Except(HeldOut(3_500)).ShouldBeEmpty();

        static IReadOnlyList<string> HeldOut(int share) => [.. Ids().Where(id => Buckets.Of("salt", id) < 9_000 && Buckets.Of("out", id) < share)];
    }

    [Fact]
    public async Task Run_OtherExclusions_RemovesAndAddsThoseAlone()
    {
        for (var number = 0; number < 200; number++)
        {
            _engine.Put(EngineHarness.Id(number), orders: number % 4);
        }

        await _engine.SegmentStore.TryCreateAsync(
            new()
            {
                Id = "seg_new",
                Key = "new",
                Name = "New",
                Description = "",
                Visibility = SegmentVisibility.Shared,
                Rules = new RuleNode.Compare("orders", RuleOperator.Eq, new RuleOperand.One(Cell.Of(0))),
                CreatedAt = default,
                UpdatedAt = default,
            },
            default);
        await FollowAsync(Campaign());
        await _engine.RunAsync();
        var excluded = Ids(200).Where((id, number) => number % 4 == 0 && Buckets.Of("salt", id) < 9_000).ToList();

        await ChangeAsync(campaign => campaign with { Exclusions = ["seg_new"] });
        var without = await _engine.RunAsync();
        _engine.ShouldHaveList(Ids(200).Where(id => Buckets.Of("salt", id) < 9_000).Except(excluded));
        await ChangeAsync(campaign => campaign with { Exclusions = [] });
        var again = await _engine.RunAsync();

        (without.Delivered, again.Delivered).ShouldBe((new(0, 0, excluded.Count), new(excluded.Count, 0, 0)));
    }

    /// <summary>Gates in their order: consent, then the holdout, then the identifiers; each member counts once.</summary>
    [Fact]
    public async Task Run_EveryGate_CountsEachMemberOnce()
    {
        for (var number = 0; number < 300; number++)
        {
            _engine.Put(EngineHarness.Id(number), email: number % 5 == 0 ? "" : null, consent: number % 3 == 0);
        }

        await FollowAsync(Campaign());
        await HoldOutAsync(5_000);
        await _engine.ChangeAsync(destination => destination with { ConsentPurpose = EngineHarness.Purpose, Mapping = EngineHarness.Mapping(("email", "user_id", true)) });

        var run = await _engine.RunAsync();

        var members = Enumerable.Range(0, 300).Where(number => Buckets.Of("salt", EngineHarness.Id(number)) < 9_000).ToList();
        var consented = members.Where(number => number % 3 == 0).ToList();
        var open = consented.Where(number => Buckets.Of("out", EngineHarness.Id(number)) >= 5_000).ToList();
        run.Funnel.ShouldBe(new(members.Count, members.Count - consented.Count, 0, consented.Count - open.Count, open.Count(number => number % 5 == 0)));
    }

    [Fact]
    public async Task Run_SegmentDestination_IsNoBusinessOfTheHoldout()
    {
        _engine.PutMany(50);
        await HoldOutAsync(10_000);

        (await _engine.RunAsync()).Funnel.Holdout.ShouldBe(0);

        _engine.ShouldHaveList(Ids(50));
    }

    [Fact]
    public async Task Run_ControlOrGroupGone_FailsAndSendsNothing()
    {
        _engine.PutMany(5);
        await FollowAsync(Campaign());
        await _engine.ChangeAsync(destination => destination with { Source = new DestinationSource.OfGroup("cmp_1", "sub_1", "grp_control") });
        var control = await _engine.RunAsync();
        await _engine.ChangeAsync(destination => destination with { Source = new DestinationSource.OfGroup("cmp_1", "sub_1", "grp_gone") });
        var gone = await _engine.RunAsync();

        foreach (var run in new[] { control, gone })
        {
            (run.Status, run.TopErrors[0].Code).ShouldBe((RunStatus.Failed, "source_unusable"));
        }

        _engine.Platform.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Launch_NothingRunsBefore_ThenTheTimerStartsIt()
    {
        var launch = _engine.Time.GetUtcNow().AddHours(2);
        _engine.PutMany(20);
        await FollowAsync(Campaign(), destination => destination with { NotBefore = launch, AutoSync = true });

        var destination = (await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!;
        (await _engine.Starter.StartAsync(destination, RunTrigger.Manual, RunMode.Incremental, RunPurpose.Sync, dryRun: false, null, default)).ShouldBeRefused("not_launched");
        (await _engine.RunAsync(dryRun: true)).Planned.Add.ShouldBeGreaterThan(0);
        _engine.Platform.Calls.ShouldBeEmpty();

        await _engine.PumpAsync(() => Task.FromResult(_engine.Platform.Calls.Count > 0));
        _engine.Time.GetUtcNow().ShouldBeInRange(launch, launch.AddMinutes(2));
    }

    [Fact]
    public async Task Once_RunsOnce_AndNeverAgainByItself()
    {
        _engine.PutMany(20);
        await FollowAsync(Campaign(), destination => destination with { AutoSync = true, Schedule = new() { Once = true } });

        await _engine.PumpAsync(async () => await LastStatusAsync() is not null);
        await PumpForAsync(TimeSpan.FromDays(3));

        (await RunsAsync()).ShouldHaveSingleItem().Status.ShouldBe(RunStatus.Succeeded);
        (await _engine.RunAsync()).Status.ShouldBe(RunStatus.Succeeded, "by hand it still runs");
    }

    /// <summary>Switched off in the middle, it goes on when it is switched on again.</summary>
    [Fact]
    public async Task Once_SwitchedOffWhileItRuns_RunsAgainWhenItIsOn()
    {
        _engine.PutMany(40);
        await FollowAsync(Campaign(), destination => destination with { AutoSync = true, Schedule = new() { Once = true } });
        await _engine.PumpAsync(() => Task.FromResult(_engine.Platform.Calls.Count > 1));
        await _engine.ChangeAsync(destination => destination with { Enabled = false });
        await _engine.Starter.CancelActiveAsync(EngineHarness.DestinationId, default);
        await _engine.PumpAsync();
        _engine.Platform.List.Count.ShouldBeLessThan(30);

        await _engine.ChangeAsync(destination => destination with { Enabled = true });
        await _engine.PumpAsync(async () => (await RunsAsync()).Count == 2 && await LastStatusAsync() == "succeeded");
        await PumpForAsync(TimeSpan.FromDays(1));

        (await RunsAsync()).Select(run => run.Status).ShouldBe([RunStatus.Succeeded, RunStatus.Cancelled]);
        _engine.ShouldHaveList(Ids(40).Where(id => Buckets.Of("salt", id) < 9_000));
    }

    [Fact]
    public async Task Once_CancelledByHand_StaysCancelled()
    {
        _engine.PutMany(40);
        await FollowAsync(Campaign(), destination => destination with { AutoSync = true, Schedule = new() { Once = true } });
        await _engine.PumpAsync(() => Task.FromResult(_engine.Platform.Calls.Count > 1));
        await _engine.Starter.CancelActiveAsync(EngineHarness.DestinationId, default);

        await PumpForAsync(TimeSpan.FromDays(1));

        (await RunsAsync()).ShouldHaveSingleItem().Status.ShouldBe(RunStatus.Cancelled);
    }

    [Fact]
    public async Task Once_CredentialsRefused_RunsWhenTheyAreTakenAgain()
    {
        _engine.PutMany(10);
        await FollowAsync(Campaign(), destination => destination with { AutoSync = true, Schedule = new() { Once = true } });
        _engine.Platform.Script = _ => new Reply.Unauthorized();
        _engine.Platform.IsAuthorized = false;
        await _engine.PumpAsync(async () => await LastStatusAsync() is not null);

        (_engine.Platform.Script, _engine.Platform.IsAuthorized) = (_ => Reply.Taken, true);
        await _engine.PumpAsync(async () => await LastStatusAsync() == "succeeded");

        _engine.ShouldHaveList(Ids(10).Where(id => Buckets.Of("salt", id) < 9_000));
        var runs = (await RunsAsync()).Count;
        await PumpForAsync(TimeSpan.FromDays(1));
        (await RunsAsync()).Count.ShouldBe(runs);
    }

    private static IEnumerable<string> Ids(int? count = null) => Enumerable.Range(0, count ?? 400).Select(EngineHarness.Id);

    private static Campaign Campaign() => new()
    {
        Id = "cmp_1",
        Key = "spring",
        Name = "Spring",
        Description = "",
        SegmentId = "seg_1",
        Exclusions = [],
        Assignment = CampaignAssignment.FirstMatch,
        Enabled = true,
        Schedule = CampaignSchedule.Default,
        Salt = "salt",
        SubAudiences = [new("sub_1", "All", null, [new("grp_1", "Mail", GroupRole.Treatment, 9_000), new("grp_control", "Control", GroupRole.Control, 1_000)])],
        CreatedAt = default,
        UpdatedAt = default,
        Revision = 1,
    };

    private async Task FollowAsync(Campaign campaign, Func<Destination, Destination>? change = null)
    {
        await _engine.Campaigns.TryCreateAsync(campaign, default);
        await _engine.ChangeAsync(destination => (change?.Invoke(destination) ?? destination) with { Source = new DestinationSource.OfGroup("cmp_1", "sub_1", "grp_1") });
    }

    private async Task ChangeAsync(Func<Campaign, Campaign> change) =>
        (await _engine.Campaigns.TryReplaceAsync(change((await _engine.Campaigns.GetAsync("cmp_1", default))!), default)).ShouldNotBeNull();

    private async Task HoldOutAsync(int share)
    {
        IHoldoutStore store = _engine.Campaigns;
        await store.TryWriteAsync(await store.ReadAsync(default) with { Share = share, Salt = "out" }, default);
    }

    private async Task<string?> LastStatusAsync() => (await _engine.States.GetAsync(EngineHarness.DestinationId, default))?.LastRunStatus;

    private async Task<IReadOnlyList<Run>> RunsAsync() => (await _engine.Store.ListAsync(EngineHarness.DestinationId, new PageRequest(100, null), null, default)).Items;

    private Task PumpForAsync(TimeSpan span)
    {
        var end = _engine.Time.GetUtcNow() + span;
        return _engine.PumpAsync(() => Task.FromResult(_engine.Time.GetUtcNow() >= end));
    }
}
