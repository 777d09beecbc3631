using System.Globalization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>What runs leave in the history of their segment.</summary>
public sealed class SegmentHistoryTests
{
    private readonly EngineHarness _engine = new();

    [Fact]
    public async Task History_RunAfterRun_TellsSizeEnteredAndLeft()
    {
        _engine.PutMany(10);
        await RunAsync();
        _engine.PutMany(3, from: 10);
        _engine.Put("c-0000", vip: false);
        _engine.Profiles.Remove("c-0001");
        _engine.Put("c-0002", email: "changed@example.com");
        await RunAsync();
        await RunAsync();

        (await ReadAsync()).ShouldBe([(11, 0, 0, 11), (11, 3, 2, 11), (10, 10, 0, 10)]);
    }

    [Fact]
    public async Task History_FailedRows_AreNotCountedAgainWhenTheyAreTriedAgain()
    {
        _engine.PutMany(5);
        _engine.Platform.Script = _ => new Reply.PerRow(row => row.ProfileId == "c-0001" ? new(RowFate.Rejected, "bad") : new(RowFate.Retryable, "busy"));
        await RunAsync();
        _engine.Platform.Script = _ => Reply.Taken;
        _engine.Put("c-0002", vip: false);
        await RunAsync();

        var entries = await ReadAsync();
        entries[^1].ShouldBe((5, 5, 0, 0));
        entries[0].ShouldBe((4, 0, 1, 3), "four are still there; one was rejected for good");
    }

    [Fact]
    public async Task History_Gates_ChangeNothingAboutMembership()
    {
        await _engine.ChangeAsync(destination => destination with { ConsentPurpose = EngineHarness.Purpose });
        _engine.Put("c-1", consent: true);
        _engine.Put("c-2", consent: false);
        _engine.Put("c-3", email: "", consent: true);
        await RunAsync();
        _engine.Put("c-1", consent: false);
        _engine.Put("c-4", consent: false);
        await RunAsync();

        (await ReadAsync()).ShouldBe([(4, 1, 0, 1), (3, 3, 0, 2)]);
    }

    [Fact]
    public async Task History_HeldAndDiscardedRun_LookedToo()
    {
        _engine.PutMany(5);
        await RunAsync();
        _engine.Profiles.Clear();
        var held = await RunAsync();
        held.Status.ShouldBe(RunStatus.Held);
        await _engine.Runs.DecideAsync(held.Id, ApprovalAction.Discard, default);
        await _engine.PumpAsync();
        _engine.PutMany(2);
        await RunAsync();

        (await ReadAsync()).ShouldBe([(2, 2, 0, 2), (0, 0, 5, 5), (5, 5, 0, 5)]);
    }

    [Fact]
    public async Task History_DryRun_IsNoneAndMovesNothingButTheSize()
    {
        _engine.PutMany(5);
        var dry = await RunAsync(dryRun: true);
        (dry.Entered, dry.Left).ShouldBe((null, null));
        (await _engine.SegmentSizes.GetAsync("seg_1", default)).ShouldNotBeNull().Counts.ShouldHaveSingleItem().ShouldBe(new(5, dry.AsOf, dry.StartedAt));
        await RunAsync();

        (await ReadAsync()).ShouldBe([(5, 5, 0, 5)]);
    }

    [Fact]
    public async Task History_DestinationOfAnotherSegment_BeginsAnew()
    {
        _engine.PutMany(4);
        await RunAsync();
        var vips = (await _engine.SegmentStore.GetAsync("seg_1", default))!;
        await _engine.SegmentStore.TryCreateAsync(vips with { Id = "seg_2", Key = "same", ETag = "" }, default);
        await _engine.ChangeAsync(destination => destination with { Source = new DestinationSource.OfSegment("seg_2") });
        await RunAsync();

        (await ReadAsync()).ShouldBe([(4, 4, 0, 4)]);
        (await ReadAsync("seg_2")).ShouldBe([(4, 4, 0, 4)]);
    }

    [Fact]
    public async Task History_PagesAndSpan_TakeTheirPart()
    {
        _engine.PutMany(1);
        List<DateTimeOffset> ends = [];
        for (var run = 0; run < 5; run++)
        {
            ends.Add((await RunAsync()).FinishedAt!.Value);
            _engine.Time.Advance(TimeSpan.FromHours(10));
        }

        var history = new SegmentHistory(_engine.Segments, _engine.Destinations, _engine.Summaries);
        var first = (await history.ListAsync("seg_1", null, null, new(3, null), default)).ShouldBeOk();
        var second = (await history.ListAsync("seg_1", null, null, new(3, first.Next), default)).ShouldBeOk();
        first.Items.Concat(second.Items).Select(entry => entry.At).ShouldBe(Enumerable.Reverse(ends));
        second.Next.ShouldBeNull();
        (await history.ListAsync("seg_1", ends[1], ends[3], new(9, null), default)).ShouldBeOk().Items.Select(entry => entry.At).ShouldBe([ends[2], ends[1]]);
        (await history.ListAsync("seg_1", ends[3], ends[1], new(9, null), default)).ShouldBeRefused("validation_failed");
        (await history.ListAsync("seg_none", null, null, new(9, null), default)).ShouldBeRefused("not_found");
        first.Items[0].ShouldSatisfyAllConditions(
            entry => entry.DestinationName.ShouldBe("VIPs"), entry => entry.Status.ShouldBe("succeeded"), entry => entry.AsOf.ShouldNotBeNull());
    }

    [Fact]
    public async Task CleanUp_Done_ForgetsTheRoster()
    {
        _engine.PutMany(3);
        await RunAsync();
        (await _engine.RosterStore.ReadAsync(EngineHarness.DestinationId, default)).ShouldNotBeNull();

        await _engine.ChangeAsync(destination => destination with { Deleting = true });
        await _engine.Starter.StartCleanUpAsync((await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default);
        await _engine.PumpAsync();

        (await _engine.RosterStore.ReadAsync(EngineHarness.DestinationId, default)).ShouldBeNull();
        (await ReadAsync()).Count.ShouldBe(1, "a clean-up looks at nobody");
    }

    /// <summary>Under any faults, deaths of workers and changes of the number of shards, entered and left are the differences of two sets: of this run and of the last that looked.</summary>
    [Fact]
    public async Task History_UnderAnyFaults_IsTheDifferenceOfTwoSets()
    {
        var kills = 0;
        for (var seed = 0; seed < 1_000; seed++)
        {
            try
            {
                kills += await CompareAsync(seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }

        kills.ShouldBeGreaterThan(100);
    }

    private static async Task<int> CompareAsync(int seed)
    {
        var random = new Random(seed);
        var engine = new EngineHarness(seed);
        engine.Queue.Doubles = random.Next(4) == 0;
        HashSet<string> before = [];
        for (var round = random.Next(2, 5); round > 0; round--)
        {
            for (var edit = random.Next(12); edit > 0; edit--)
            {
                var id = EngineHarness.Id(random.Next(16));
                if (random.Next(5) == 0)
                {
                    engine.Profiles.Remove(id);
                }
                else
                {
                    engine.Put(id, vip: random.Next(3) > 0, orders: random.Next(3));
                }
            }

            engine.Shards.ShardBits = random.Next(3);
            engine.KillChance = random.Next(2) == 0 ? 0 : random.NextDouble() * 0.3;
            engine.Platform.Script = _ => random.Next(3) == 0 ? Reply.Http500 : new Reply.PerRow(_ => random.Next(3) == 0 ? new(RowFate.Retryable, "busy") : RowOutcome.Accepted);
            var run = await engine.StartAsync();
            if (random.Next(5) == 0)
            {
                var steps = random.Next(20);
                await engine.PumpAsync(async () => steps-- <= 0 || await engine.IsIdleAsync());
                await engine.Runs.CancelAsync(run.Id, default);
            }

            await engine.PumpAsync();
            run = await engine.GetAsync(run.Id);
            if (run.Status is RunStatus.Held)
            {
                await engine.Runs.DecideAsync(run.Id, ApprovalAction.Approve, default);
                await engine.PumpAsync();
                run = await engine.GetAsync(run.Id);
            }

            var now = engine.Profiles.Where(profile => profile.Value["vip"].AsBoolean()).Select(profile => profile.Key).ToHashSet();
            if (run.Entered is null)
            {
                run.Status.ShouldBe(RunStatus.Cancelled);
                continue;
            }

            (run.Funnel.Members, run.Entered, run.Left).ShouldBe((now.Count, now.Except(before).Count(), before.Except(now).Count()), string.Create(CultureInfo.InvariantCulture, $"round {round}"));
            before = now;
        }

        return engine.Kills;
    }

    /// <summary>No two runs end at the same moment.</summary>
    private async Task<Run> RunAsync(bool dryRun = false)
    {
        _engine.Time.Advance(TimeSpan.FromSeconds(1));
        return await _engine.RunAsync(dryRun: dryRun);
    }

    private async Task<List<(long Size, long Entered, long Left, long? Accepted)>> ReadAsync(string segmentId = "seg_1") =>
        [.. (await new SegmentHistory(_engine.Segments, _engine.Destinations, _engine.Summaries).ListAsync(segmentId, null, null, new(50, null), default)).ShouldBeOk().Items
            .Select(entry => (entry.Size, entry.Entered, entry.Left, entry.Accepted))];
}
