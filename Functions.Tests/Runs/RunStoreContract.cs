using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>What every store of runs does: run on the fake and on the real tables.</summary>
public abstract class RunStoreContract
{
    private protected static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, 123, TimeSpan.Zero);

    private protected static readonly Run Full = RunStoreSamples.Run("run_1") with
    {
        Status = RunStatus.Delivering,
        Phase = RunPhase.Removals,
        Mode = RunMode.Full,
        Purpose = RunPurpose.Retry,
        DryRun = true,
        FinishedAt = Now,
        Spec = RunStoreSamples.Spec,
        ShardBits = 3,
        LedgerVersion = 4,
        Funnel = new(9, 1, 2, 3, 1),
        Unchanged = 1,
        Planned = new(1, 2, 3),
        Delivered = new(1, 1, 1),
        Rejected = new(0, 1, 0),
        CarriedOver = new(0, 0, 2),
        TopErrors = [new("code", "détail", 2, true), new("other", null, 0, false)],
        Requests = 12,
        Published = true,
        Unpublished = true,
        MayBePublished = true,
        HeldBecause = "because",
        HeldUntil = Now,
        AddsOnly = true,
        CancelRequested = true,
        Stopped = new("stopped", null, 0, false),
    };

    /// <summary>An empty store, and a place for a rival before a shard is counted.</summary>
    private protected abstract Task<(IRunStore Store, Action<Func<Task>> PlaceBeforeCount)> OpenAsync();

    [Fact]
    public async Task Create_TwiceAndFind_GiveWhatWasWrittenFirst()
    {
        var (store, _) = await OpenAsync();

        var created = await store.CreateAsync(Full, default);
        var again = await store.CreateAsync(Full with { Status = RunStatus.Queued }, default);
        var found = (await store.FindAsync("run_1", default)).ShouldNotBeNull();

        created.ETag.ShouldNotBeEmpty();
        (again.ETag, found.ETag).ShouldBe((created.ETag, created.ETag));
        RunStoreSamples.Json(found).ShouldBe(RunStoreSamples.Json(Full));
        (await store.FindAsync("run_2", default)).ShouldBeNull();
        (await store.ListAsync(null, new(10, null), null, default)).Items.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Create_EmptyRun_ComesBackWithItsDefaults()
    {
        var (store, _) = await OpenAsync();
        var empty = RunStoreSamples.Run("run_1");

        await store.CreateAsync(empty, default);

        var found = (await store.FindAsync("run_1", default)).ShouldNotBeNull();
        RunStoreSamples.Json(found).ShouldBe(RunStoreSamples.Json(empty));
        found.TopErrors.ShouldBeEmpty();
        (found.Phase, found.Spec, found.Stopped).ShouldBe((RunPhase.Upserts, null, null));
    }

    [Fact]
    public async Task Replace_UnderAnOldETag_IsNullAndChangesNothing()
    {
        var (store, _) = await OpenAsync();
        var created = await store.CreateAsync(Full, default);

        var replaced = (await store.ReplaceAsync(created with { Requests = 13 }, default)).ShouldNotBeNull();
        (await store.ReplaceAsync(created with { Requests = 99 }, default)).ShouldBeNull();
        (await store.ReplaceAsync(Full with { Id = "run_9", ETag = replaced.ETag }, default)).ShouldBeNull();

        var found = (await store.FindAsync("run_1", default)).ShouldNotBeNull();
        (found.Requests, found.ETag).ShouldBe((13, replaced.ETag));
        replaced.ETag.ShouldNotBe(created.ETag);
    }

    [Fact]
    public async Task Update_LosesOnce_ChangesWhatTheOtherMadeOfIt()
    {
        var (store, _) = await OpenAsync();
        await store.CreateAsync(Full with { CancelRequested = false }, default);
        var isFirst = true;

        var updated = await store.UpdateAsync(
            "run_1",
            run =>
            {
                if (isFirst)
                {
                    isFirst = false;
                    store.ReplaceAsync(run with { CancelRequested = true }, default).GetAwaiter().GetResult().ShouldNotBeNull();
                }

                return run with { Requests = run.Requests + 1 };
            },
            default);

        (updated!.CancelRequested, updated.Requests).ShouldBe((true, 13));
        (await store.UpdateAsync("run_1", _ => null, default))!.ETag.ShouldBe(updated.ETag);
        (await store.UpdateAsync("run_2", run => run, default)).ShouldBeNull();
    }

    [Fact]
    public async Task List_PageByPage_GivesEachOnceNewestFirst()
    {
        var (store, _) = await OpenAsync();
        for (var number = 0; number < 7; number++)
        {
            await store.CreateAsync(
                RunStoreSamples.Run($"run_{number}") with { StartedAt = Now.AddSeconds(number), DestinationId = number % 2 == 0 ? "dst_even" : "dst_odd" }, default);
        }

        (await ReadAsync(store, null, null)).ShouldBe(["run_6", "run_5", "run_4", "run_3", "run_2", "run_1", "run_0"]);
        (await ReadAsync(store, "dst_even", null)).ShouldBe(["run_6", "run_4", "run_2", "run_0"]);
        (await ReadAsync(store, null, run => run.Id is "run_1" or "run_5" or "run_0")).ShouldBe(["run_5", "run_1", "run_0"]);
        (await ReadAsync(store, "dst_none", null)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Input_WrittenTwice_TheFirstCounts()
    {
        var (store, _) = await OpenAsync();
        (await store.ReadInputAsync("run_1", default)).ShouldBeNull();

        (await store.WriteInputAsync("run_1", new([new("pg_1", 5), new(null, 0)]), default)).Shards.ShouldBe([new("pg_1", 5), new(null, 0)]);
        (await store.WriteInputAsync("run_1", new([new("pg_2", 9)]), default)).Shards.ShouldBe([new("pg_1", 5), new(null, 0)]);

        (await store.ReadInputAsync("run_1", default)).ShouldNotBeNull().Shards.ShouldBe([new("pg_1", 5), new(null, 0)]);
    }

    [Fact]
    public async Task Stage_OpenedTwice_CountsFromTheFirst()
    {
        var (store, _) = await OpenAsync();
        (await store.ReadStageAsync("run_1", RunStage.Plan, default)).ShouldBeNull();

        await store.OpenStageAsync("run_1", RunStage.Plan, 3, default);
        await store.CompleteShardAsync("run_1", RunStage.Plan, Shard(2), default);
        await store.OpenStageAsync("run_1", RunStage.Plan, 3, default);

        (await store.ReadStageAsync("run_1", RunStage.Plan, default)).ShouldBe(new StageProgress(3, 2));
        (await store.ReadStageAsync("run_1", RunStage.Settle, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Complete_TheSameShardTwice_CountsOnceAndKeepsTheFirstResult()
    {
        var (store, _) = await OpenAsync();
        await store.OpenStageAsync("run_1", RunStage.Plan, 2, default);

        (await store.CompleteShardAsync("run_1", RunStage.Plan, Shard(0, unchanged: 1), default)).Remaining.ShouldBe(1);
        (await store.CompleteShardAsync("run_1", RunStage.Plan, Shard(0, unchanged: 2), default)).Remaining.ShouldBe(1);

        (await store.FindShardAsync("run_1", RunStage.Plan, 0, default)).ShouldNotBeNull().Plan!.Unchanged.ShouldBe(1);
        (await store.FindShardAsync("run_1", RunStage.Plan, 1, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Complete_AnotherShardIsCountedBetweenReadAndWrite_BothCount()
    {
        var (store, placeBeforeCount) = await OpenAsync();
        await store.OpenStageAsync("run_1", RunStage.Plan, 3, default);
        placeBeforeCount(() => store.CompleteShardAsync("run_1", RunStage.Plan, Shard(1), default));

        (await store.CompleteShardAsync("run_1", RunStage.Plan, Shard(0), default)).Remaining.ShouldBe(1);

        (await store.ReadStageAsync("run_1", RunStage.Plan, default)).ShouldBe(new StageProgress(3, 1));
    }

    [Fact]
    public async Task Complete_TheSameShardIsCountedBetweenReadAndWrite_CountsOnce()
    {
        var (store, placeBeforeCount) = await OpenAsync();
        await store.OpenStageAsync("run_1", RunStage.Plan, 3, default);
        placeBeforeCount(() => store.CompleteShardAsync("run_1", RunStage.Plan, Shard(0, unchanged: 7), default));

        (await store.CompleteShardAsync("run_1", RunStage.Plan, Shard(0), default)).Remaining.ShouldBe(2);

        (await store.FindShardAsync("run_1", RunStage.Plan, 0, default))!.Plan!.Unchanged.ShouldBe(7);
    }

    [Fact]
    public async Task Complete_ManyAtOnce_CountDownToZero()
    {
        var (store, _) = await OpenAsync();
        await store.OpenStageAsync("run_1", RunStage.Settle, 12, default);

        await Task.WhenAll(Enumerable.Range(0, 24).Select(number => Task.Run(() => store.CompleteShardAsync(
            "run_1", RunStage.Settle, new() { Shard = number % 12, Settle = new("pg_1", 1, 1, 0, 0, default, default, default, []) }, default))));

        (await store.ReadStageAsync("run_1", RunStage.Settle, default))!.Remaining.ShouldBe(0);
        (await store.ReadShardsAsync("run_1", RunStage.Settle, default).Select(shard => shard.Shard).ToListAsync()).ShouldBe(Enumerable.Range(0, 12));
    }

    [Fact]
    public async Task Shards_AreReadInTheirOrderAsTheyWere()
    {
        var (store, _) = await OpenAsync();
        await store.OpenStageAsync("run_1", RunStage.Plan, 12, default);
        foreach (var number in (int[])[11, 2, 10, 0])
        {
            await store.CompleteShardAsync("run_1", RunStage.Plan, Shard(number), default);
        }

        await store.OpenStageAsync("run_1", RunStage.Snapshot, 1, default);
        await store.CompleteShardAsync("run_1", RunStage.Snapshot, new() { Shard = 0, Snapshot = new("pg_s", 2, new(5, 1, 0, 0, 1)) }, default);

        var read = await store.ReadShardsAsync("run_1", RunStage.Plan, default).ToListAsync();
        read.Select(shard => shard.Shard).ShouldBe([0, 2, 10, 11]);
        read[0].ShouldBe(Shard(0));
        (await store.FindShardAsync("run_1", RunStage.Snapshot, 0, default)).ShouldNotBeNull().Snapshot.ShouldBe(new("pg_s", 2, new(5, 1, 0, 0, 1)));
    }

    [Fact]
    public async Task Shard_Replaced_IsTheNewOneAndIsNotCountedAgain()
    {
        var (store, _) = await OpenAsync();
        await store.OpenStageAsync("run_1", RunStage.Settle, 2, default);
        var settled = new SettleShard("pg_1", 1, 1, 0, 0, default, default, default, [new("bad", "words", 1, false)]);
        await store.CompleteShardAsync("run_1", RunStage.Settle, new() { Shard = 1, Settle = settled }, default);

        await store.ReplaceShardAsync("run_1", RunStage.Settle, new() { Shard = 1, Settle = settled with { Errors = [] } }, default);

        (await store.ReadStageAsync("run_1", RunStage.Settle, default))!.Remaining.ShouldBe(1);
        (await store.FindShardAsync("run_1", RunStage.Settle, 1, default)).ShouldNotBeNull().Settle!.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Lanes_OpenedTwice_KeepWhatTheyAre()
    {
        var (store, _) = await OpenAsync();
        await store.OpenLanesAsync("run_1", [Lane(0), Lane(1)], default);
        var lane = (await store.FindLaneAsync("run_1", RunPhase.Updates, 1, default)).ShouldNotBeNull();
        var moved = lane with
        {
            Position = 3,
            State = LaneState.Sending,
            Attempt = 2,
            MayHaveArrived = true,
            FailedInRow = 1,
            JobId = "job",
            JobRows = [new(0, 2), new(5, 1)],
            Turn = 7,
            NotBefore = Now,
            Requests = 9,
        };
        (await store.ReplaceLaneAsync("run_1", moved, default)).ShouldNotBeNull();

        await store.OpenLanesAsync("run_1", [Lane(0), Lane(1), Lane(2)], default);

        var lanes = await store.ReadLanesAsync("run_1", RunPhase.Updates, default).ToListAsync();
        lanes.Select(found => found.Number).ShouldBe([0, 1, 2]);
        (lanes[1] with { ETag = "", JobRows = null }).ShouldBe(moved with { ETag = "", JobRows = null });
        lanes[1].JobRows!.Value.ShouldBe([new(0, 2), new(5, 1)]);
        (await store.ReadLanesAsync("run_1", RunPhase.Removals, default).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Lane_MovedByAnother_CannotBeMoved()
    {
        var (store, _) = await OpenAsync();
        await store.OpenLanesAsync("run_1", [Lane(0)], default);
        var lane = (await store.FindLaneAsync("run_1", RunPhase.Updates, 0, default)).ShouldNotBeNull();
        var moved = (await store.ReplaceLaneAsync("run_1", lane with { Position = 1 }, default)).ShouldNotBeNull();

        (await store.ReplaceLaneAsync("run_1", lane with { Position = 9 }, default)).ShouldBeNull();
        (await store.ReplaceLaneAsync("run_1", Lane(5) with { ETag = moved.ETag }, default)).ShouldBeNull();

        (await store.ReplaceLaneAsync("run_1", moved with { Position = 2 }, default)).ShouldNotBeNull();
        (await store.FindLaneAsync("run_1", RunPhase.Updates, 0, default))!.Position.ShouldBe(2);
    }

    [Fact]
    public async Task Claim_IsOnesUntilItEndsOrIsLetGo()
    {
        var (store, _) = await OpenAsync();
        var until = Now.AddSeconds(30);

        (await store.TryClaimAsync("run_1", "Plan-0-1", "a", Now, until, default)).ShouldBeNull();
        (await store.TryClaimAsync("run_1", "Plan-0-1", "b", Now, until, default)).ShouldBe(until);
        (await store.TryClaimAsync("run_1", "Plan-0-2", "b", Now, until, default)).ShouldBeNull();
        (await store.TryClaimAsync("run_1", "Plan-0-1", "a", Now.AddSeconds(20), until.AddSeconds(20), default)).ShouldBeNull(); // renewed
        (await store.IsClaimedAsync("run_1", "Plan-0-1", until, default)).ShouldBeTrue();
        (await store.TryClaimAsync("run_1", "Plan-0-1", "b", until, until.AddMinutes(1), default)).ShouldBe(until.AddSeconds(20));

        (await store.TryClaimAsync("run_1", "Plan-0-1", "b", until.AddSeconds(20), until.AddMinutes(1), default)).ShouldBeNull(); // a is dead
        (await store.TryClaimAsync("run_1", "Plan-0-1", "a", until.AddSeconds(20), until.AddMinutes(1), default)).ShouldBe(until.AddMinutes(1));
        await store.ReleaseClaimAsync("run_1", "Plan-0-1", "a", default); // not its own any more
        (await store.IsClaimedAsync("run_1", "Plan-0-1", until.AddSeconds(21), default)).ShouldBeTrue();
        await store.ReleaseClaimAsync("run_1", "Plan-0-1", "b", default);
        (await store.IsClaimedAsync("run_1", "Plan-0-1", until.AddSeconds(21), default)).ShouldBeFalse();
        await store.ReleaseClaimAsync("run_1", "Plan-0-1", "b", default);
    }

    [Fact]
    public async Task Claim_AskedForByManyAtOnce_IsOnes()
    {
        var (store, _) = await OpenAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => Task.Run(() =>
            store.TryClaimAsync("run_1", "Plan-0-1", $"worker-{number}", Now, Now.AddSeconds(30), default))));

        answers.Count(answer => answer is null).ShouldBe(1);
    }

    [Fact]
    public async Task Delete_DropsTheRunWithAllThatBelongsToItAndNoOther()
    {
        var (store, _) = await OpenAsync();
        foreach (var id in (string[])["run_1", "run_2"])
        {
            await store.CreateAsync(RunStoreSamples.Run(id), default);
            await store.WriteInputAsync(id, new([new(null, 0)]), default);
            await store.OpenStageAsync(id, RunStage.Plan, 1, default);
            await store.CompleteShardAsync(id, RunStage.Plan, Shard(0), default);
            await store.OpenLanesAsync(id, [Lane(0)], default);
        }

        var run = (await store.FindAsync("run_1", default))!;
        await store.DeleteAsync(run, default);
        await store.DeleteAsync(run, default);

        (await store.FindAsync("run_1", default)).ShouldBeNull();
        (await store.ReadInputAsync("run_1", default)).ShouldBeNull();
        (await store.FindShardAsync("run_1", RunStage.Plan, 0, default)).ShouldBeNull();
        (await store.FindLaneAsync("run_1", RunPhase.Updates, 0, default)).ShouldBeNull();
        (await ReadAsync(store, null, null)).ShouldBe(["run_2"]);
        (await store.FindShardAsync("run_2", RunStage.Plan, 0, default)).ShouldNotBeNull();
    }

    private static ShardResult Shard(int number, long unchanged = 4) => new()
    {
        Shard = number,
        Plan = new() { Upserts = new("pg_1", 2, 5), Notes = new("pg_2", 1, 1), Planned = new(1, 2, 3), Rekeyed = 1, Unchanged = unchanged, Accepted = 6 },
    };

    private static Lane Lane(int number) => new() { Phase = RunPhase.Updates, Number = number, State = LaneState.Idle };

    private static async Task<List<string>> ReadAsync(IRunStore store, string? destinationId, Func<Run, bool>? filter)
    {
        List<string> ids = [];
        string? after = null;
        do
        {
            var page = await store.ListAsync(destinationId, new(2, after), filter, default);
            page.Items.Count.ShouldBeLessThanOrEqualTo(2);
            ids.AddRange(page.Items.Select(run => run.Id));
            after = page.Next;
        }
        while (after is not null);
        return ids;
    }
}

internal static class RunStoreSamples
{
    public static RunSpec Spec { get; } = new()
    {
        Rules = null,
        ConnectionId = "con_1",
        ConnectorType = "webhook",
        Audience = new("dst_1", "key", "Nämé", null),
        Mode = DestinationMode.Mirror,
        Form = DeliveryForm.Membership,
        FirstRun = FirstRun.Backfill,
        ConsentPurpose = null,
        Mapping = [new() { From = "id", To = "user_id", Identifier = true }, new() { Template = "{{country}}-{{orders}}", To = "label" }, new() { Value = Cell.Of(1.50m), To = "v" }],
        MappingVersion = 2,
        Guards = new() { MaxRemovePercent = null, MaxRemoveCount = 0, MaxAddPercent = 1.5m },
        RowsPerBatch = 100,
        Lanes = 2,
        CallsPerSecond = 2.5,
        TakesUpdates = true,
        MixesOperations = false,
        FullFiles = false,
    };

    public static Run Run(string id) => new()
    {
        Id = id,
        DestinationId = "dst_1",
        Trigger = RunTrigger.Manual,
        Mode = RunMode.Incremental,
        Purpose = RunPurpose.Sync,
        Status = RunStatus.Queued,
        Phase = RunPhase.Upserts,
        TopErrors = [],
        AsOf = new(2026, 11, 22, 12, 0, 0, 123, TimeSpan.Zero),
        Generation = "gen_1",
        Fence = 3,
        StartedAt = new(2026, 11, 22, 12, 0, 0, 123, TimeSpan.Zero),
        TouchedAt = new(2026, 11, 22, 12, 0, 0, 123, TimeSpan.Zero),
    };

    public static string Json(Run run) => System.Text.Json.JsonSerializer.Serialize(run, RunsJson.Default.Run);
}

public sealed class MemoryRunStoreTests : RunStoreContract
{
    private protected override Task<(IRunStore Store, Action<Func<Task>> PlaceBeforeCount)> OpenAsync()
    {
        var store = new MemoryRunStore();
        return Task.FromResult<(IRunStore, Action<Func<Task>>)>((store, PlaceBeforeCount));

        void PlaceBeforeCount(Func<Task> rival) => store.BeforeCount = () =>
        {
            store.BeforeCount = null;
            rival().GetAwaiter().GetResult();
        };
    }
}
