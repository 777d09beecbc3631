using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>Runs that keep to a platform's limits, wait for jobs and give up waiting.</summary>
public sealed class PaceTests
{
    [Fact]
    public async Task Run_CallsPerSecond_HoldsOverAllLanes()
    {
        var engine = new EngineHarness(card: card => card with { CallsPerSecond = 0.5, ConcurrentCalls = 4 });
        List<DateTimeOffset> calls = [];
        // Unlike real conversations the scripted platform takes no call from the pace: the test does it in its place.
        engine.Platform.OnSettingsAsync = async settings =>
        {
            (await settings.Pace!.WaitAsync(default)).ShouldBeNull();
            calls.Add(engine.Time.GetUtcNow());
        };
        engine.PutMany(30);

        var run = await engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Succeeded);
        calls.Count.ShouldBe(10);
        (calls[^1] - calls[0]).TotalSeconds.ShouldBeInRange(15, 30);
        engine.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_WaitsForItsPace_BeforeItSaysThatItSends()
    {
        var engine = new EngineHarness(card: card => card with { CallsPerSecond = 0.01, ConcurrentCalls = 1 });
        engine.Platform.OnSettingsAsync = async settings => (await settings.Pace!.WaitAsync(default)).ShouldBeNull();
        engine.PutMany(6);
        var run = await engine.StartAsync();
        await engine.PumpAsync(() => Task.FromResult(engine.Platform.Calls.Count == 1 && engine.Queue.NextVisible > engine.Time.GetUtcNow() + TimeSpan.FromSeconds(30)));

        var lane = (await engine.Store.FindLaneAsync(run.Id, RunPhase.Upserts, 0, default)).ShouldNotBeNull();

        (lane.State, lane.Position).ShouldBe((LaneState.Idle, 1));
        await engine.Starter.RequestCancelAsync(run.Id, default);
        await engine.PumpAsync();
        (await engine.LedgerAsync()).Shards.Sum(shard => shard.Uncertain).ShouldBe(0, "nothing was in flight");
    }

    [Fact]
    public async Task Run_CallsOfTheDayUsedUp_CarriesOverAndGoesOnTheNextDay()
    {
        var engine = new EngineHarness(card: card => card with { CallsPerDay = 4, ConcurrentCalls = 1 });
        engine.Platform.OnSettingsAsync = async settings => (await settings.Pace!.WaitAsync(default)).ShouldBeNull();
        engine.PutMany(18);

        var first = await engine.RunAsync();
        var sameDay = await engine.RunAsync();
        engine.Time.Advance(TimeSpan.FromDays(1));
        var nextDay = await engine.RunAsync();

        (first.Status, first.Delivered.Add, first.CarriedOver.Add).ShouldBe((RunStatus.Partial, 12, 6));
        first.TopErrors.ShouldContain(error => error.Code == "daily_limit" && error.Retryable);
        sameDay.Delivered.Add.ShouldBe(0);
        nextDay.Status.ShouldBe(RunStatus.Succeeded);
        engine.Platform.List.Count.ShouldBe(18);
        (await engine.LedgerAsync()).Shards.Sum(shard => shard.Uncertain).ShouldBe(0);
    }

    [Fact]
    public async Task Run_ThrottledWithoutEnd_CarriesOverAfterAWhile()
    {
        var engine = new EngineHarness();
        engine.Platform.Script = _ => new Reply.Throttle(TimeSpan.FromMinutes(10));
        engine.PutMany(4);

        var run = await engine.RunAsync();

        run.CarriedOver.Add.ShouldBe(4);
        (run.FinishedAt!.Value - run.StartedAt).ShouldBeInRange(TimeSpan.FromMinutes(115), TimeSpan.FromMinutes(135));
        engine.Platform.Script = _ => Reply.Taken;
        (await engine.RunAsync()).Status.ShouldBe(RunStatus.Succeeded);
    }

    [Fact]
    public async Task Run_OneCallPerAudience_SendsOneBatchAtATime()
    {
        var engine = new EngineHarness(card: card => card with { OneCallPerAudience = true, ConcurrentCalls = 4 });
        engine.PutMany(9);
        var run = await engine.RunAsync();

        (await engine.Store.ReadLanesAsync(run.Id, RunPhase.Upserts, default).ToListAsync()).Count.ShouldBe(1);
        engine.Platform.List.Count.ShouldBe(9);
    }

    [Fact]
    public async Task Run_CallsSideBySideWithinABatch_CountForTheDestination()
    {
        var engine = new EngineHarness(card: card => card with { ConcurrentCalls = 6, CallsPerBatch = 3 });
        engine.PutMany(30);
        var run = await engine.RunAsync();

        (await engine.Store.ReadLanesAsync(run.Id, RunPhase.Upserts, default).ToListAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Run_JobUnknownToThePlatform_MakesItsRowsUncertain()
    {
        var engine = new EngineHarness(card: card => card with { ConcurrentCalls = 1 });
        engine.Platform.Then(new Reply.Job("job-1", TimeSpan.FromSeconds(30)), new Reply.Misconfigured());
        engine.PutMany(6);

        var run = await engine.RunAsync();

        (run.Status, run.Delivered.Add, run.CarriedOver.Add).ShouldBe((RunStatus.Partial, 3, 3));
        run.TopErrors.ShouldContain(error => error.Code == "job_expired");
        (await engine.RunAsync()).Delivered.Add.ShouldBe(3);
    }

    [Fact]
    public async Task Run_JobNeverEnds_GivesItUpAfterItsTimeAndGoesOn()
    {
        var engine = new EngineHarness(card: card => card with { ConcurrentCalls = 1, JobTimeout = TimeSpan.FromHours(3) });
        engine.Platform.Script = batch => batch.Rows.Any(row => row.ProfileId == engine.Platform.Calls[0].Rows[0].ProfileId) ? new Reply.Job("job-1", TimeSpan.FromMinutes(2)) : Reply.Taken;
        engine.Platform.PollScript = () => new Reply.Job("job-1", TimeSpan.FromMinutes(2));
        engine.PutMany(6);

        var run = await engine.RunAsync();

        (run.Delivered.Add, run.CarriedOver.Add).ShouldBe((3, 3));
        run.TopErrors.ShouldContain(error => error.Code == "job_timeout");
        (run.FinishedAt!.Value - run.StartedAt).ShouldBeInRange(TimeSpan.FromHours(3), TimeSpan.FromHours(3.2));
        engine.Platform.Polls.Count.ShouldBeInRange(35, 50, "the questions grow apart to five minutes");
        (await engine.LedgerAsync()).Shards.Sum(shard => shard.Uncertain).ShouldBe(3);
    }

    [Fact]
    public async Task Run_WorkersDieWhileAJobIsPending_KeepItsIdAndSendNothingAgain()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var engine = new EngineHarness(seed, card => card with { ConcurrentCalls = 1 });
            engine.Platform.Then(new Reply.Job("job-1", TimeSpan.FromSeconds(30)));
            engine.PutMany(3);
            var run = await engine.StartAsync();
            await engine.PumpAsync(() => Task.FromResult(engine.Platform.Calls.Count == 1 && engine.Queue.NextVisible > engine.Time.GetUtcNow()));
            engine.KillChance = 0.6;

            await engine.PumpAsync();

            engine.Platform.Calls.Count.ShouldBe(1, $"seed {seed}");
            engine.Platform.Polls.ShouldAllBe(poll => poll.JobId == "job-1");
            (await engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Succeeded);
        }
    }
}
