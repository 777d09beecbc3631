using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Pages;

namespace AudienceSync.Runs;

/// <summary>What queues and workers do: messages that come twice, late, or never again; workers that die, or were thought dead and are not.</summary>
public sealed class QueueFaultTests
{
    private readonly EngineHarness _engine = new();

    [Fact]
    public async Task Messages_EachDeliveredTwice_SendNothingTwice()
    {
        _engine.Queue.Doubles = true;
        _engine.Shards.ShardBits = 2;
        _engine.PutMany(40);
        var first = await _engine.RunAsync();
        _engine.Put("c-0001", orders: 2);
        _engine.Put("c-0002", vip: false);
        var second = await _engine.RunAsync();

        (first.Delivered.Total, second.Delivered.Total).ShouldBe((40, 2));
        _engine.Platform.Calls.SelectMany(call => call.Rows).Select(row => row.OperationId).ShouldBeUnique();
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Messages_EachDeliveredTwiceWhilePlatformThrottles_DoNotMultiply()
    {
        _engine.Queue.Doubles = true;
        _engine.PutMany(6);
        var most = 0;
        _engine.Platform.Then([.. Enumerable.Repeat(new Reply.Throttle(TimeSpan.FromMinutes(9)), 12)]);
        _engine.Platform.OnCallAsync = _ =>
        {
            most = Math.Max(most, _engine.Queue.Count);
            return Task.CompletedTask;
        };

        await _engine.RunAsync();

        most.ShouldBeLessThan(20);
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Messages_OfARunThatIsOver_AreDropped()
    {
        _engine.PutMany(2);
        var run = await _engine.RunAsync();
        foreach (var step in Enum.GetValues<RunStep>())
        {
            await _engine.Queue.SendAsync(new(run.Id, step, 0, RunPhase.Upserts), TimeSpan.Zero, default);
            await _engine.Queue.SendAsync(new("run_of_nobody", step), TimeSpan.Zero, default);
        }

        while (await _engine.StepAsync())
        {
        }

        (await _engine.GetAsync(run.Id)).ETag.ShouldBe(run.ETag);
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Messages_OfAnotherStage_ChangeNothing()
    {
        _engine.PutMany(20);
        var run = await _engine.StartAsync();
        await _engine.PumpAsync(async () => await _engine.StatusAsync(run.Id) == RunStatus.Delivering);
        foreach (var step in Enum.GetValues<RunStep>())
        {
            await _engine.Queue.SendAsync(new(run.Id, step, 0, RunPhase.Removals), TimeSpan.Zero, default);
        }

        await _engine.PumpAsync();

        (await _engine.GetAsync(run.Id)).Delivered.Add.ShouldBe(20);
        await ShouldBeInStepAsync();
    }

    [Theory]
    [InlineData(RunStatus.Queued)]
    [InlineData(RunStatus.Snapshotting)]
    [InlineData(RunStatus.Planning)]
    [InlineData(RunStatus.Delivering)]
    [InlineData(RunStatus.Settling)]
    public async Task Messages_Lost_AreSentAgainByTheWatchdog(RunStatus stage)
    {
        _engine.Shards.ShardBits = 2;
        _engine.PutMany(40);
        var run = await _engine.StartAsync();
        await _engine.PumpAsync(async () => await _engine.StatusAsync(run.Id) == stage);
        _engine.Queue.Clear();
        var lost = _engine.Time.GetUtcNow();

        await _engine.PumpAsync();

        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Succeeded);
        (_engine.Time.GetUtcNow() - lost).ShouldBeLessThan(TimeSpan.FromMinutes(3));
        await ShouldBeInStepAsync();
    }

    [Theory]
    [InlineData(RunStep.Snapshot)]
    [InlineData(RunStep.Plan)]
    public async Task Poison_BeforeDelivery_FailsTheRunWithZeroRowsSent(RunStep step)
    {
        _engine.Shards.ShardBits = 2;
        _engine.PutMany(40);
        var run = await _engine.StartAsync();
        await _engine.PumpAsync(async () => await _engine.StatusAsync(run.Id) == (step is RunStep.Snapshot ? RunStatus.Snapshotting : RunStatus.Planning));
        var chain = step is RunStep.Snapshot
            ? (await _engine.Store.ReadInputAsync(run.Id, default))!.Shards[1].Chain!
            : (await _engine.Store.FindShardAsync(run.Id, RunStage.Snapshot, 1, default))!.Snapshot!.Chain!;
        _engine.Pages.Tamper(chain, 0, page => page with { Body = default });

        await _engine.PumpAsync();

        var ended = await _engine.GetAsync(run.Id);
        (ended.Status, ended.TopErrors[0].Code).ShouldBe((RunStatus.Failed, "step_failed"));
        EngineHarness.ShouldAddUp(ended);
        _engine.Errors.Count.ShouldBe(MemoryRunQueue.MaxDequeueCount);
        _engine.Errors.ShouldAllBe(error => error is DamagedPageException);
        _engine.Platform.Calls.ShouldBeEmpty();
        _engine.Errors.Clear();
        await _engine.RunAsync();
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Poison_Begin_FailsTheRun()
    {
        var run = await _engine.StartAsync();

        await _engine.Poisoned.TakeAsync("snapshots", StepMessages.Write(new(run.Id, RunStep.Begin)), default);

        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Failed);
        (await _engine.Leases.ReadAsync(EngineHarness.DestinationId, default)).RunId.ShouldBeNull();
    }

    [Fact]
    public async Task Poison_OfAStepThatWasDone_DoesNotFailTheRun()
    {
        _engine.Shards.ShardBits = 1;
        _engine.PutMany(20);
        var run = await _engine.StartAsync();
        await _engine.PumpAsync(async () => await _engine.Store.FindShardAsync(run.Id, RunStage.Snapshot, 0, default) is not null);

        await _engine.Poisoned.TakeAsync("snapshots", StepMessages.Write(new(run.Id, RunStep.Begin)), default);
        await _engine.Poisoned.TakeAsync("snapshots", StepMessages.Write(new(run.Id, RunStep.Snapshot, 0)), default);
        await _engine.PumpAsync();

        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Succeeded);
    }

    [Fact]
    public async Task Poison_Lane_ItsRowsInFlightAreUncertainAndTheOthersAreSent()
    {
        _engine.PutMany(12); // four batches, two lanes
        var calls = 0;
        _engine.Platform.Script = batch => batch.Number == 0 && ++calls <= MemoryRunQueue.MaxDequeueCount ? new Reply.Crash() : Reply.Taken;

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Partial);
        (run.Delivered.Add, run.CarriedOver.Add).ShouldBe((6, 6)); // the lane's second batch was never sent
        (await _engine.LedgerAsync()).Shards.Sum(shard => shard.Uncertain).ShouldBe(3);
        _engine.Errors.ShouldAllBe(error => error is ScriptedFailureException);
        _engine.Errors.Clear();
        await _engine.RunAsync();
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Poison_Settle_IsTriedUntilTheLedgerIsWritten()
    {
        _engine.PutMany(3);
        var run = await _engine.StartAsync();
        await _engine.PumpAsync(async () => await _engine.StatusAsync(run.Id) == RunStatus.Settling);
        var chain = (await _engine.Store.FindShardAsync(run.Id, RunStage.Plan, 0, default))!.Plan!.Upserts!.Id;
        PackedPage? whole = null;
        _engine.Pages.Tamper(chain, 0, page =>
        {
            whole = page;
            return page with { Body = default };
        });
        var until = _engine.Time.GetUtcNow().AddMinutes(10);
        await _engine.PumpAsync(() => Task.FromResult(_engine.Time.GetUtcNow() > until));
        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Settling);

        _engine.Pages.Tamper(chain, 0, _ => whole);
        await _engine.PumpAsync();

        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Succeeded);
        _engine.Errors.Clear();
        await ShouldBeInStepAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("not json")]
    [InlineData("{\"runId\":\"run_1\"")]
    public async Task Poison_NoStepOfOurs_IsDropped(string text) => await _engine.Poisoned.TakeAsync("plans", text, default);

    [Fact]
    public async Task Claim_HeldByAnother_TheMessageIsDroppedAndTheWorkDoneOnce()
    {
        _engine.PutMany(2);
        var run = await _engine.StartAsync();
        var step = new StepMessage(run.Id, RunStep.Begin);
        (await _engine.Store.TryClaimAsync(run.Id, step.Key, "another", _engine.Time.GetUtcNow(), _engine.Time.GetUtcNow().AddSeconds(30), default)).ShouldBeNull();

        await _engine.Steps.RunAsync(step, default);

        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Queued);
        await _engine.PumpAsync(); // the holder never comes back: the watchdog does
        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Succeeded);
    }

    [Fact]
    public async Task Claim_StepFails_IsLetGoAtOnce()
    {
        _engine.PutMany(3);
        _engine.Platform.Then(new Reply.Crash());
        var start = _engine.Time.GetUtcNow();

        (await _engine.RunAsync()).Status.ShouldBe(RunStatus.Succeeded);

        (_engine.Time.GetUtcNow() - start).ShouldBeLessThan(_engine.Options.ClaimFor);
        _engine.Errors.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Claim_RenewalFindsAnotherHolder_StopsTheWork()
    {
        var store = new MemoryRunStore();
        await using var claim = await StepClaim.TryTakeAsync(store, "run_1", "Lane-1-0", TimeSpan.FromSeconds(30), _engine.Time, default);
        claim.IsOurs.ShouldBeTrue();
        await store.TryClaimAsync("run_1", "Lane-1-0", "another", _engine.Time.GetUtcNow().AddMinutes(1), _engine.Time.GetUtcNow().AddMinutes(2), default);
        var lost = new TaskCompletionSource();
        claim.Lost.Register(lost.SetResult);

        _engine.Time.Advance(TimeSpan.FromSeconds(10));

        await lost.Task;
        await claim.ReleaseAsync();
        (await store.IsClaimedAsync("run_1", "Lane-1-0", _engine.Time.GetUtcNow(), default)).ShouldBeTrue(); // theirs
    }

    [Fact]
    public async Task Claim_Renewed_OutlastsItsFirstTerm()
    {
        var store = new MemoryRunStore();
        await using var claim = await StepClaim.TryTakeAsync(store, "run_1", "Lane-1-0", TimeSpan.FromSeconds(30), _engine.Time, default);
        for (var round = 0; round < 9; round++)
        {
            var claims = store.Claims;
            _engine.Time.Advance(TimeSpan.FromSeconds(10));
            while (store.Claims == claims)
            {
                await Task.Yield(); // the renewal runs beside us
            }
        }

        (await store.TryClaimAsync("run_1", "Lane-1-0", "another", _engine.Time.GetUtcNow(), _engine.Time.GetUtcNow().AddSeconds(30), default)).ShouldNotBeNull();
        claim.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task StaleWorker_OvertakenWhileItsCallHung_CanWriteNothing()
    {
        var engine = new EngineHarness(card: card => card with { ConcurrentCalls = 1 });
        engine.PutMany(3);
        var run = await engine.StartAsync();
        await engine.PumpAsync(async () => (await engine.Store.FindLaneAsync(run.Id, RunPhase.Upserts, 0, default)) is not null);
        run = await engine.GetAsync(run.Id);
        var isStale = true;
        engine.Platform.OnCallAsync = async _ =>
        {
            if (!isStale)
            {
                return;
            }

            // The first worker hangs in its call for so long that a second takes the lane, sends the batch and ends the run.
            isStale = false;
            await engine.Lanes.RunAsync(run, 0, 0, default);
            await engine.PumpAsync();
        };
        engine.Platform.Then(Reply.Taken, Reply.NoConnection); // the second worker's call, then the first one's

        await Should.ThrowAsync<InvalidOperationException>(() => engine.Lanes.RunAsync(run, 0, 0, default));

        (await engine.GetAsync(run.Id)).Delivered.Add.ShouldBe(3);
        var record = (await engine.Outcomes.FindAsync(run.Id, RunPhase.Upserts, 0, 0, default)).ShouldNotBeNull();
        record.Expand(3).ShouldAllBe(outcome => outcome!.Fate == RowFate.Accepted);
        (await engine.Store.FindLaneAsync(run.Id, RunPhase.Upserts, 0, default))!.State.ShouldBe(LaneState.Done);
        (await engine.RunAsync()).Planned.Total.ShouldBe(0);
    }

    [Fact]
    public async Task StaleWorker_OvertakenBeforeItWrites_TheOutcomeOfTheSecondCounts()
    {
        var engine = new EngineHarness(card: card => card with { ConcurrentCalls = 1 });
        engine.PutMany(3);
        var run = await engine.StartAsync();
        await engine.PumpAsync(async () => (await engine.Store.FindLaneAsync(run.Id, RunPhase.Upserts, 0, default)) is not null);
        run = await engine.GetAsync(run.Id);
        var calls = 0;
        engine.Platform.OnCallAsync = async _ =>
        {
            if (++calls == 1)
            {
                // A second worker comes while the first one waits, and gets no further than its own call.
                await Should.ThrowAsync<ScriptedFailureException>(() => engine.Lanes.RunAsync(run, 0, 0, default));
            }
        };
        engine.Platform.Then(new Reply.Crash(), new Reply.PerRow(_ => new(RowFate.Rejected, "late")));

        await Should.ThrowAsync<InvalidOperationException>(() => engine.Lanes.RunAsync(run, 0, 0, default));
        await engine.PumpAsync();

        // The batch was sent again by whoever came next: what the first worker heard has no say.
        (await engine.GetAsync(run.Id)).Delivered.Add.ShouldBe(3);
    }

    [Fact]
    public async Task Finish_LostToACancellation_EndsOnWhatTheRunIsNow()
    {
        _engine.PutMany(3);
        var run = await _engine.StartAsync();
        await _engine.PumpAsync(async () => await _engine.StatusAsync(run.Id) == RunStatus.Settling);
        var isPlaced = false;
        _engine.Store.BeforeReplace = next =>
        {
            if (next.Status is RunStatus.Succeeded && !isPlaced)
            {
                isPlaced = true;
                _engine.Starter.RequestCancelAsync(run.Id, default).GetAwaiter().GetResult();
            }
        };

        await _engine.PumpAsync();

        isPlaced.ShouldBeTrue();
        var ended = await _engine.GetAsync(run.Id);
        (ended.Status, ended.Delivered.Add).ShouldBe((RunStatus.Cancelled, 3));
        (await _engine.LedgerAsync()).Accepted.ShouldBe(3);
    }

    [Fact]
    public async Task Begin_LosesToTheWatchdogsTouch_TriesAgain()
    {
        _engine.PutMany(3);
        var run = await _engine.StartAsync();
        var isPlaced = false;
        _engine.Store.BeforeReplace = next =>
        {
            if (next.Status is RunStatus.Snapshotting && !isPlaced)
            {
                isPlaced = true;
                _engine.Store.ReplaceAsync(_engine.Store.FindAsync(run.Id, default).Result! with { TouchedAt = _engine.Time.GetUtcNow() }, default).Wait();
            }
        };

        await _engine.Steps.RunAsync(new(run.Id, RunStep.Begin), default);

        isPlaced.ShouldBeTrue();
        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Snapshotting);
    }

    [Fact]
    public async Task Watchdog_RunMakesProgress_QueuesNothingTwice()
    {
        _engine.Shards.ShardBits = 4;
        _engine.PutMany(100);
        await _engine.StartAsync();
        var most = 0;
        await _engine.PumpAsync(async () =>
        {
            // Each message takes long: the run lasts for many times the time after which a silent one is revived.
            _engine.Time.Advance(TimeSpan.FromSeconds(20));
            most = Math.Max(most, _engine.Queue.Count);
            return await _engine.IsIdleAsync();
        });

        most.ShouldBeLessThanOrEqualTo(18);
        await ShouldBeInStepAsync();
    }

    private async Task ShouldBeInStepAsync()
    {
        _engine.Errors.ShouldBeEmpty();
        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        _engine.Platform.Calls.Clear();
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
        _engine.Platform.Calls.ShouldBeEmpty();
    }
}
