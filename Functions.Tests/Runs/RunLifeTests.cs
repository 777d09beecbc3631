using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>What people and the clock do with runs: start, cancel, hold, decide, disable, delete.</summary>
public sealed class RunLifeTests
{
    private static readonly Guards DefaultGuards = new();

    private readonly EngineHarness _engine = new();

    [Fact]
    public async Task Start_WhileARunIsActive_IsRefusedWithItsId()
    {
        _engine.PutMany(2);
        var active = await _engine.StartAsync();

        var refusal = (await _engine.Runs.StartAsync(EngineHarness.DestinationId, new(), default)).ShouldBeRefused("run_active");

        refusal.Extensions!["runId"]!.GetValue<string>().ShouldBe(active.Id);
    }

    [Fact]
    public async Task Schedule_DueWhileARunIsActive_StartsOneMoreBehindIt()
    {
        _engine.PutMany(2);
        await _engine.ChangeAsync(destination => destination with { AutoSync = true });
        var first = await _engine.StartAsync();
        var destination = (await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!;
        await _engine.Starter.StartDueAsync(destination, default);
        await _engine.Starter.StartDueAsync(destination, default);

        await _engine.PumpAsync();

        var runs = (await _engine.Runs.ListAsync(EngineHarness.DestinationId, [], null, new(10, null), default)).Items;
        runs.Select(run => run.Trigger).ShouldBe(["again", "manual"], ignoreOrder: true);
        (await _engine.GetAsync(first.Id)).Fence.ShouldBe(1);
        var lease = await _engine.Leases.ReadAsync(EngineHarness.DestinationId, default);
        (lease.RunId, lease.Fence, lease.Again).ShouldBe((null, 2, false));
    }

    [Fact]
    public async Task Schedule_WorkerDiesBeforeItStartsTheRunAskedFor_TheTimerStartsIt()
    {
        _engine.PutMany(2);
        await _engine.ChangeAsync(destination => destination with { AutoSync = true });
        var run = await _engine.StartAsync();
        await _engine.Starter.StartDueAsync((await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default);
        await _engine.PumpAsync(async () => await _engine.StatusAsync(run.Id) == RunStatus.Settling);

        // Killed at every point of what is left of the run, one worker after the other.
        _engine.KillChance = 1;
        await _engine.PumpAsync(async () => !(await _engine.StatusAsync(run.Id)).IsActive());
        await _engine.PumpAsync(async () => (await _engine.Leases.ReadAsync(EngineHarness.DestinationId, default)).RunId != run.Id);
        _engine.KillChance = 0;
        var freed = _engine.Time.GetUtcNow();
        await _engine.PumpAsync(async () => (await _engine.Leases.ReadAsync(EngineHarness.DestinationId, default)).Fence == 2);

        (_engine.Time.GetUtcNow() - freed).ShouldBeLessThan(TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task Start_WorkerDiedBeforeItWroteTheRun_LeaseIsFreedByTheWatchdog()
    {
        await _engine.Leases.TryAcquireAsync(EngineHarness.DestinationId, "run_never_written", _engine.Time.GetUtcNow(), default);
        _engine.PutMany(1);

        await _engine.PumpAsync(async () => (await _engine.Leases.ReadAsync(EngineHarness.DestinationId, default)).RunId is null);

        (await _engine.RunAsync()).Fence.ShouldBe(2);
    }

    [Theory]
    [InlineData(RunStatus.Queued)]
    [InlineData(RunStatus.Snapshotting)]
    [InlineData(RunStatus.Planning)]
    [InlineData(RunStatus.Delivering)]
    [InlineData(RunStatus.Settling)]
    public async Task Cancel_InEveryStage_EndsTheRunAndLosesNothing(RunStatus stage)
    {
        _engine.PutMany(20);
        var run = await _engine.StartAsync();
        await _engine.PumpAsync(async () => await _engine.StatusAsync(run.Id) == stage);

        (await _engine.Runs.CancelAsync(run.Id, default)).ShouldBeOk();
        await _engine.PumpAsync();

        var ended = await _engine.GetAsync(run.Id);
        ended.Status.ShouldBe(RunStatus.Cancelled);
        EngineHarness.ShouldAddUp(ended);
        (await _engine.Runs.CancelAsync(run.Id, default)).ShouldBeRefused("already_finished");
        await ShouldConvergeAsync();
    }

    [Fact]
    public async Task Cancel_DuringDelivery_LetsAnswersSettleAndSendsNothingMore()
    {
        _engine.PutMany(30);
        var run = await _engine.StartAsync();
        _engine.Platform.OnCallAsync = async _ =>
        {
            if (_engine.Platform.Calls.Count == 3)
            {
                (await _engine.Runs.CancelAsync(run.Id, default)).ShouldBeOk();
            }
        };

        await _engine.PumpAsync();

        var ended = await _engine.GetAsync(run.Id);
        ended.Status.ShouldBe(RunStatus.Cancelled);
        _engine.Platform.Calls.Count.ShouldBe(3);
        ended.Delivered.Add.ShouldBe(9);
        ended.CarriedOver.Add.ShouldBe(21);
        (await _engine.LedgerAsync()).Accepted.ShouldBe(9);
        await ShouldConvergeAsync();
    }

    [Fact]
    public async Task Cancel_WhileLanesWait_DoesNotWaitForThem()
    {
        _engine.PutMany(30);
        _engine.Platform.Script = _ => new Reply.Throttle(TimeSpan.FromMinutes(50));
        var run = await _engine.StartAsync();
        await _engine.PumpAsync(() => Task.FromResult(_engine.Platform.Calls.Count == 1));
        await _engine.StepAsync();
        var at = _engine.Time.GetUtcNow();

        (await _engine.Runs.CancelAsync(run.Id, default)).ShouldBeOk();
        await _engine.PumpAsync();

        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Cancelled);
        (_engine.Time.GetUtcNow() - at).ShouldBeLessThan(TimeSpan.FromMinutes(3));
        _engine.Platform.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task DryRun_SendsNothingAndLeavesTheLedgerAlone()
    {
        _engine.PutMany(5);

        var run = await _engine.RunAsync(dryRun: true);

        (run.Status, run.Planned.Add, run.CarriedOver.Add, run.Requests).ShouldBe((RunStatus.Succeeded, 5, 5, 0));
        _engine.Platform.Calls.ShouldBeEmpty();
        (await _engine.LedgerAsync()).Version.ShouldBe(0);
        (await _engine.Rows.ListAsync(run.Id, new([], null, null, null), new(10, null), default)).ShouldBeOk().Items.Count.ShouldBe(5);
        (await _engine.States.GetAsync(EngineHarness.DestinationId, default))?.LastRunId.ShouldBeNull();
        (await _engine.Runs.RetryAsync(run.Id, default)).ShouldBeRefused("nothing_to_retry");
        await ShouldConvergeAsync();
    }

    [Fact]
    public async Task Guard_TooManyRemovals_HoldsAndApprovalSends()
    {
        var run = await RunHeldAsync();
        _engine.Platform.Calls.ShouldBeEmpty();
        (await _engine.States.GetAsync(EngineHarness.DestinationId, default))!.State.ShouldBe(DestinationCondition.Held);

        (await _engine.Runs.DecideAsync(run.Id, ApprovalAction.Approve, default)).ShouldBeOk();
        await _engine.PumpAsync();

        (await _engine.GetAsync(run.Id)).Delivered.ShouldBe(new OperationCounts(1, 0, 101));
        (await _engine.Runs.DecideAsync(run.Id, ApprovalAction.Approve, default)).ShouldBeRefused("not_held");
        await ShouldConvergeAsync();
    }

    [Fact]
    public async Task Guard_ApprovedAsAddsOnly_CarriesRemovalsOver()
    {
        var run = await RunHeldAsync();

        (await _engine.Runs.DecideAsync(run.Id, ApprovalAction.AddsOnly, default)).ShouldBeOk();
        await _engine.PumpAsync();

        var ended = await _engine.GetAsync(run.Id);
        (ended.Status, ended.Delivered, ended.CarriedOver).ShouldBe((RunStatus.Partial, new OperationCounts(1, 0, 0), new OperationCounts(0, 0, 101)));
        EngineHarness.ShouldAddUp(ended);
        _engine.Platform.List.Count.ShouldBe(151);
        await ShouldConvergeAsync();
    }

    [Fact]
    public async Task Guard_Discarded_SendsNothing()
    {
        var run = await RunHeldAsync();

        (await _engine.Runs.DecideAsync(run.Id, ApprovalAction.Discard, default)).ShouldBeOk();

        var ended = await _engine.GetAsync(run.Id);
        (ended.Status, ended.CarriedOver.Total).ShouldBe((RunStatus.Cancelled, 102));
        EngineHarness.ShouldAddUp(ended);
        _engine.Platform.Calls.ShouldBeEmpty();
        await ShouldConvergeAsync();
    }

    [Fact]
    public async Task Guard_NobodyDecides_LapsesAfterThreeDays()
    {
        var run = await RunHeldAsync();
        var held = _engine.Time.GetUtcNow();

        await _engine.PumpAsync(async () => !(await _engine.StatusAsync(run.Id)).IsActive());

        (_engine.Time.GetUtcNow() - held).ShouldBeInRange(TimeSpan.FromHours(72), TimeSpan.FromHours(72) + TimeSpan.FromMinutes(2));
        var ended = await _engine.GetAsync(run.Id);
        (ended.Status, ended.TopErrors[0].Code).ShouldBe((RunStatus.Cancelled, "hold_lapsed"));
        _engine.Platform.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Guard_HeldWhileTheDestinationChanges_SendsWhatWasApprovedAndTheNextRunTheChange()
    {
        var run = await RunHeldAsync();
        await _engine.ChangeAsync(destination => destination with
        {
            Mapping = EngineHarness.Mapping(("id", "user_id", true), ("email", "mail", false)),
            MappingVersion = 2,
            Guards = EngineHarness.Destination.Guards,
        });

        await _engine.Runs.DecideAsync(run.Id, ApprovalAction.Approve, default);
        await _engine.PumpAsync();
        _engine.Platform.List["c-0150"].ShouldContain("email=");

        (await _engine.RunAsync()).Delivered.Update.ShouldBe(50);
        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
    }

    [Fact]
    public async Task Guard_DestinationDisabledWhileHeld_EndsTheRun()
    {
        var run = await RunHeldAsync();
        await _engine.ChangeAsync(destination => destination with { Enabled = false });

        await _engine.Starter.CancelActiveAsync(EngineHarness.DestinationId, default);
        await _engine.PumpAsync(async () => !(await _engine.StatusAsync(run.Id)).IsActive());

        _engine.Platform.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Guard_SegmentEmpty_HoldsAlways()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Profiles.Clear();

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Held);
        run.HeldBecause.ShouldNotBeNull().ShouldContain("empty");
    }

    [Theory]
    [InlineData(100, 500, false)] // not more than 100
    [InlineData(101, 505, false)] // not more than 20 %
    [InlineData(101, 504, true)]
    public void Judge_Removals_AreHeldAboveBothBounds(long removals, long accepted, bool isHeld) =>
        (PlanGuards.Judge(DefaultGuards, isFirst: false, accepted - removals, accepted, 0, removals, 0) is not null).ShouldBe(isHeld);

    [Theory]
    [InlineData(999, 5_000, false, false)] // too few to judge
    [InlineData(1_000, 1_000, false, false)]
    [InlineData(1_000, 1_001, false, true)]
    [InlineData(1_000, 1_001, true, false)] // a first run adds everyone
    public void Judge_Adds_AreHeldAboveTheirBound(long accepted, long adds, bool isFirst, bool isHeld) =>
        (PlanGuards.Judge(DefaultGuards, isFirst, accepted + adds, accepted, adds, 0, 0) is not null).ShouldBe(isHeld);

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void Judge_Invalid_AreHeldAboveTheirBound(long invalid, bool isHeld) =>
        (PlanGuards.Judge(DefaultGuards, isFirst: true, 100, 0, 94, 0, invalid) is not null).ShouldBe(isHeld);

    [Theory]
    [InlineData(null, 3, 4, true)]
    [InlineData(null, 3, 3, false)]
    [InlineData(10, null, 11, true)]
    [InlineData(10, null, 10, false)]
    [InlineData(10, 12, 12, false)]
    [InlineData(10, 12, 13, true)]
    public void Judge_OneBoundOfRemovalsOff_TheOtherHolds(int? percent, int? count, long removals, bool isHeld) =>
        (PlanGuards.Judge(new Guards { MaxRemovePercent = percent, MaxRemoveCount = count }, isFirst: false, 100, 100, 0, removals, 0) is not null).ShouldBe(isHeld);

    [Fact]
    public void Judge_GuardsSwitchedOff_HoldAnEmptySegmentAlone()
    {
        var off = new Guards { MaxRemovePercent = null, MaxRemoveCount = null, MaxAddPercent = null, MaxInvalidPercent = null };
        PlanGuards.Judge(off, isFirst: false, 1, 5_000, 100_000, 4_999, 1).ShouldBeNull();
        PlanGuards.Judge(off, isFirst: false, 0, 1, 0, 1, 0).ShouldNotBeNull();
    }

    [Fact]
    public async Task Guard_MembersWithoutIdentifier_Hold()
    {
        await _engine.ChangeAsync(destination => destination with
        {
            Guards = DefaultGuards,
            Mapping = EngineHarness.Mapping(("email", "email", true)),
        });
        _engine.PutMany(18);
        _engine.Put("c-x", email: "");
        _engine.Put("c-y", email: "");

        var run = await _engine.RunAsync();

        (run.Status, run.Funnel.MissingIdentifier, run.Funnel.Deliverable).ShouldBe((RunStatus.Held, 2, 18));
    }

    [Fact]
    public async Task Gate_ConsentWithdrawn_IsARemoval()
    {
        await _engine.ChangeAsync(destination => destination with { ConsentPurpose = EngineHarness.Purpose });
        _engine.Put("c-yes", consent: true);
        _engine.Put("c-then-no", consent: true);
        _engine.Put("c-unknown");
        _engine.Put("c-no", consent: false);
        var first = await _engine.RunAsync();
        (first.Funnel.ConsentBlocked, first.Delivered.Add).ShouldBe((2, 2));
        _engine.Put("c-then-no", consent: false);

        var run = await _engine.RunAsync();

        (run.Funnel.ConsentBlocked, run.Delivered).ShouldBe((3, new OperationCounts(0, 0, 1)));
        _engine.ShouldHaveList("c-yes");
    }

    [Fact]
    public async Task Gate_IdentifierLost_IsARemovalUnderTheOldOne()
    {
        await _engine.ChangeAsync(destination => destination with { Mapping = EngineHarness.Mapping(("email", "email", true), ("orders", "orders", false)) });
        _engine.Platform.KeyField = "email";
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Put("c-0001", email: "");

        (await _engine.RunAsync()).Delivered.Remove.ShouldBe(1);

        _engine.ShouldHaveList("c-0000@example.com", "c-0002@example.com");
    }

    [Fact]
    public async Task Disable_SendsNothingAndKeepsEverything()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        await _engine.ChangeAsync(destination => destination with { Enabled = false });

        (await _engine.Runs.StartAsync(EngineHarness.DestinationId, new(), default)).ShouldBeRefused("disabled");
        await _engine.ChangeAsync(destination => destination with { Enabled = true });

        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
    }

    [Fact]
    public async Task Delete_CleanUp_RemovesWhomWeAddedAndNobodyElse()
    {
        _engine.Platform.List["stranger"] = "x";
        _engine.PutMany(7);
        await _engine.RunAsync();
        await _engine.ChangeAsync(destination => destination with { Deleting = true });

        var runId = (await _engine.Starter.StartCleanUpAsync((await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default)).ShouldBeOk();
        await _engine.PumpAsync();

        (await _engine.GetAsync(runId)).Delivered.Remove.ShouldBe(7);
        _engine.ShouldHaveList("stranger");
        (await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default)).ShouldBeNull();
        (await _engine.States.GetAsync(EngineHarness.DestinationId, default)).ShouldBeNull();
        (await _engine.LedgerAsync()).Version.ShouldBe(0);
    }

    [Fact]
    public async Task Delete_CleanUpWhileARunIsActive_FollowsIt()
    {
        _engine.PutMany(30);
        var run = await _engine.StartAsync();
        await _engine.PumpAsync(() => Task.FromResult(_engine.Platform.Calls.Count >= 3));
        await _engine.ChangeAsync(destination => destination with { Deleting = true });

        (await _engine.Starter.StartCleanUpAsync((await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default)).ShouldBeOk();
        await _engine.PumpAsync();
        await _engine.PumpAsync(async () => await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default) is null);

        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Cancelled);
        _engine.Platform.List.ShouldBeEmpty();
    }

    [Fact]
    public async Task Delete_CleanUpFails_IsTriedAgainUntilNobodyIsLeft()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        await _engine.ChangeAsync(destination => destination with { Deleting = true });
        _engine.Platform.Then(new Reply.PerRow(row => row.ProfileId == "c-0001" ? new(RowFate.Rejected, "locked") : RowOutcome.Accepted));

        await _engine.Starter.StartCleanUpAsync((await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default);
        await _engine.PumpAsync(async () => await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default) is null);
        await _engine.PumpAsync();

        _engine.Platform.List.ShouldBeEmpty();
    }

    [Fact]
    public async Task Delete_LeaveWhileARunIsActive_LeavesNothingOfItBehind()
    {
        _engine.PutMany(30);
        var run = await _engine.StartAsync();
        await _engine.PumpAsync(() => Task.FromResult(_engine.Platform.Calls.Count >= 3));

        await _engine.Starter.CancelActiveAsync(EngineHarness.DestinationId, default);
        await _engine.Starter.ForgetAsync(EngineHarness.DestinationId, default);
        await new DestinationRemoval(_engine.Destinations, _engine.States).RemoveAsync(EngineHarness.DestinationId, default);
        await _engine.PumpAsync();

        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Cancelled);
        (await _engine.LedgerAsync()).Version.ShouldBe(0);
        (await _engine.States.GetAsync(EngineHarness.DestinationId, default)).ShouldBeNull();
        (await _engine.Leases.ReadAsync(EngineHarness.DestinationId, default)).RunId.ShouldBeNull();
    }

    [Fact]
    public async Task Begin_SegmentIsGone_FailsWithZeroRowsSent()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        await _engine.SegmentStore.TryDeleteAsync((await _engine.SegmentStore.GetAsync("seg_1", default))!, default);
        _engine.Platform.Calls.Clear();

        var run = await _engine.RunAsync();

        (run.Status, run.TopErrors[0].Code).ShouldBe((RunStatus.Failed, "segment_unusable"));
        _engine.Platform.Calls.ShouldBeEmpty();
        _engine.Platform.List.Count.ShouldBe(3);
    }

    [Fact]
    public async Task List_IsNewestFirst()
    {
        _engine.PutMany(1);
        List<string> ids = [];
        for (var run = 0; run < 4; run++)
        {
            ids.Add((await _engine.RunAsync()).Id);
            _engine.Time.Advance(TimeSpan.FromSeconds(1));
        }

        (await _engine.Runs.ListAsync(EngineHarness.DestinationId, [RunStatus.Succeeded], null, new(3, null), default)).Items.Select(run => run.Id)
            .ShouldBe(ids.AsEnumerable().Reverse().Take(3));
    }

    /// <summary>151 members of whom 101 leave while one comes, under the guards that are on by default.</summary>
    private async Task<Run> RunHeldAsync()
    {
        _engine.PutMany(150);
        await _engine.RunAsync();
        await _engine.ChangeAsync(destination => destination with { Guards = DefaultGuards });
        for (var number = 0; number < 101; number++)
        {
            _engine.Put(EngineHarness.Id(number), vip: false);
        }

        _engine.PutMany(1, from: 150);
        _engine.Platform.Calls.Clear();
        var run = await _engine.RunAsync();
        run.Status.ShouldBe(RunStatus.Held);
        run.Planned.ShouldBe(new OperationCounts(1, 0, 101));
        return run;
    }

    private async Task ShouldConvergeAsync()
    {
        await _engine.ChangeAsync(destination => destination with { Guards = EngineHarness.Destination.Guards });
        _engine.Platform.OnCallAsync = _ => Task.CompletedTask;
        await _engine.RunAsync();
        _engine.Errors.ShouldBeEmpty();
        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
    }
}
