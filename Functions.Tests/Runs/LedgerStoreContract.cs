using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>What every store of ledgers, leases and outcomes does: run on the fakes and on the real tables.</summary>
public abstract class LedgerStoreContract
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private protected abstract Task<(ILedgerStore Ledgers, IRunLeases Leases, IBatchOutcomeStore Outcomes)> OpenAsync();

    [Fact]
    public async Task Ledger_PublishedUnderAnOldETag_IsNull()
    {
        var ledgers = (await OpenAsync()).Ledgers;
        var empty = await ledgers.ReadAsync("dst_1", default);
        (empty.Version, empty.ETag).ShouldBe((0, ""));
        var next = empty with { Version = 1, ShardBits = 1, Shards = [new("pg_1", 5, 3, 1, 1), new(null, 0, 0, 0, 0)], LastRunId = "run_1", Fence = 1 };

        var first = (await ledgers.PublishAsync(next, default)).ShouldNotBeNull();
        (await ledgers.PublishAsync(next, default)).ShouldBeNull();
        var second = (await ledgers.PublishAsync(first with { Version = 2 }, default)).ShouldNotBeNull();
        (await ledgers.PublishAsync(first with { Version = 9 }, default)).ShouldBeNull();

        var read = await ledgers.ReadAsync("dst_1", default);
        (read.Version, read.ETag, read.LastRunId, read.Accepted).ShouldBe((2, second.ETag, "run_1", 3));
        read.Shards.ShouldBe(next.Shards);
    }

    [Fact]
    public async Task Ledger_Largest_Fits()
    {
        var ledgers = (await OpenAsync()).Ledgers;
        var shard = new LedgerShard("pg_01K9ABCDEFGHJKMNPQRSTVWXYZ", 250_000, 249_000, 500, 500);

        (await ledgers.PublishAsync(LedgerManifest.Empty("dst_1") with { Version = 1, ShardBits = 12, Shards = [.. Enumerable.Repeat(shard, 4096)] }, default)).ShouldNotBeNull();

        (await ledgers.ReadAsync("dst_1", default)).Shards.Length.ShouldBe(4096);
    }

    [Fact]
    public async Task Ledger_Deleted_IsTheEmptyOne()
    {
        var ledgers = (await OpenAsync()).Ledgers;
        foreach (var id in (string[])["dst_1", "dst_2"])
        {
            await ledgers.PublishAsync(LedgerManifest.Empty(id) with { Version = 1 }, default);
        }

        await ledgers.DeleteAsync("dst_1", default);
        await ledgers.DeleteAsync("dst_1", default);

        (await ledgers.ReadAsync("dst_1", default)).Version.ShouldBe(0);
        (await ledgers.ListAsync(default).Select(ledger => ledger.DestinationId).ToListAsync()).ShouldBe(["dst_2"]);
    }

    [Fact]
    public async Task Lease_IsOneRunsAndItsFenceGrows()
    {
        var leases = (await OpenAsync()).Leases;
        (await leases.ReadAsync("dst_1", default)).ShouldSatisfyAllConditions(free => free.RunId.ShouldBeNull(), free => free.Fence.ShouldBe(0));

        (await leases.TryAcquireAsync("dst_1", "run_1", Now, default)).ShouldSatisfyAllConditions(
            lease => lease.RunId.ShouldBe("run_1"), lease => lease.Fence.ShouldBe(1), lease => lease.AcquiredAt.ShouldBe(Now));
        (await leases.TryAcquireAsync("dst_1", "run_2", Now, default)).RunId.ShouldBe("run_1");
        (await leases.ReleaseAsync("dst_1", "run_2", default)).Any.ShouldBeFalse();
        (await leases.ReadAsync("dst_1", default)).RunId.ShouldBe("run_1");
        (await leases.ReleaseAsync("dst_1", "run_1", default)).Any.ShouldBeFalse();
        (await leases.ReleaseAsync("dst_1", "run_1", default)).Any.ShouldBeFalse();

        (await leases.TryAcquireAsync("dst_1", "run_2", Now, default)).ShouldSatisfyAllConditions(lease => lease.RunId.ShouldBe("run_2"), lease => lease.Fence.ShouldBe(2));
    }

    [Fact]
    public async Task Lease_AskedForAgain_SaysSoOnceWhenItIsFreed()
    {
        var leases = (await OpenAsync()).Leases;
        await leases.RequestAgainAsync("dst_1", default); // nobody holds it: nothing to follow
        await leases.TryAcquireAsync("dst_1", "run_1", Now, default);
        (await leases.ReadAsync("dst_1", default)).Again.ShouldBeFalse();

        await leases.RequestAgainAsync("dst_1", default);
        await leases.RequestAgainAsync("dst_1", default);
        (await leases.ReadAsync("dst_1", default)).Again.ShouldBeTrue();

        (await leases.ReleaseAsync("dst_1", "run_1", default)).ShouldBe(new NextRuns(Erase: false, Again: true));
        (await leases.ReleaseAsync("dst_1", "run_1", default)).Any.ShouldBeFalse();
        (await leases.ReadAsync("dst_1", default)).Again.ShouldBeFalse();
    }

    [Fact]
    public async Task Lease_AskedForAnErasure_SaysSoOnceWhenItIsFreed()
    {
        var leases = (await OpenAsync()).Leases;
        await leases.RequestEraseAsync("dst_1", default); // nobody holds it: nothing to follow
        await leases.TryAcquireAsync("dst_1", "run_1", Now, default);
        (await leases.ReadAsync("dst_1", default)).Erase.ShouldBeFalse();
        await leases.RequestEraseAsync("dst_1", default);
        (await leases.ReadAsync("dst_1", default)).Erase.ShouldBeTrue();
        (await leases.ReleaseAsync("dst_1", "run_1", default)).ShouldBe(new NextRuns(Erase: true, Again: false));
        (await leases.ReadAsync("dst_1", default)).Erase.ShouldBeFalse();
    }

    [Fact]
    public async Task Lease_AskedForByManyAtOnce_IsOnes()
    {
        var leases = (await OpenAsync()).Leases;

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => Task.Run(() => leases.TryAcquireAsync("dst_1", $"run_{number}", Now, default))));

        answers.Select(lease => (lease.RunId, lease.Fence)).Distinct().ShouldHaveSingleItem().Fence.ShouldBe(1);
    }

    [Fact]
    public async Task Leases_Held_AreListed()
    {
        var leases = (await OpenAsync()).Leases;
        foreach (var number in (int[])[1, 2, 3])
        {
            await leases.TryAcquireAsync($"dst_{number}", $"run_{number}", Now, default);
        }

        await leases.ReleaseAsync("dst_2", "run_2", default);

        (await leases.ListHeldAsync(default).Select(lease => lease.RunId).ToListAsync()).ShouldBe(["run_1", "run_3"]);
    }

    [Fact]
    public async Task Outcome_WrittenUnderAnOldETag_IsNull()
    {
        var outcomes = (await OpenAsync()).Outcomes;
        var record = Record(RunPhase.Upserts, 0, 0);

        var first = (await outcomes.WriteAsync("run_1", record, default)).ShouldNotBeNull();
        (await outcomes.WriteAsync("run_1", record with { Attempts = 9 }, default)).ShouldBeNull();
        var second = (await outcomes.WriteAsync("run_1", first with { Attempts = 2, Receipt = "file", Doubted = [new(0, 3)] }, default)).ShouldNotBeNull();
        (await outcomes.WriteAsync("run_1", first with { Attempts = 9 }, default)).ShouldBeNull();

        var found = (await outcomes.FindAsync("run_1", RunPhase.Upserts, 0, 0, default)).ShouldNotBeNull();
        (found.Attempts, found.Receipt, found.ETag).ShouldBe((2, "file", second.ETag));
        found.Doubted!.Value.ShouldBe([new(0, 3)]);
        found.Expand(4).ShouldBe(record.Expand(4));
        (await outcomes.FindAsync("run_1", RunPhase.Upserts, 0, 1, default)).ShouldBeNull();
        (await outcomes.FindAsync("run_2", RunPhase.Upserts, 0, 0, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Outcomes_AreReadInOrderByPhaseAndShard()
    {
        var outcomes = (await OpenAsync()).Outcomes;
        foreach (var (phase, shard, page) in ((RunPhase, int, int)[])[(RunPhase.Removals, 0, 0), (RunPhase.Upserts, 10, 0), (RunPhase.Upserts, 2, 11), (RunPhase.Upserts, 2, 2)])
        {
            await outcomes.WriteAsync("run_1", Record(phase, shard, page), default);
        }

        await outcomes.WriteAsync("run_2", Record(RunPhase.Upserts, 0, 0), default);

        (await KeysAsync(outcomes, null, null)).ShouldBe(["Upserts/2/2", "Upserts/2/11", "Upserts/10/0", "Removals/0/0"]);
        (await KeysAsync(outcomes, RunPhase.Upserts, null)).ShouldBe(["Upserts/2/2", "Upserts/2/11", "Upserts/10/0"]);
        (await KeysAsync(outcomes, RunPhase.Upserts, 2)).ShouldBe(["Upserts/2/2", "Upserts/2/11"]);

        await outcomes.DeleteAsync("run_1", default);
        await outcomes.DeleteAsync("run_1", default);
        (await KeysAsync(outcomes, null, null)).ShouldBeEmpty();
        (await outcomes.FindAsync("run_2", RunPhase.Upserts, 0, 0, default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Outcome_WorstBatch_Fits()
    {
        var outcomes = (await OpenAsync()).Outcomes;
        var worst = Enumerable.Range(0, 10_000).Select(row => new Connectors.Kit.RowOutcome(
            row % 2 == 0 ? Connectors.Kit.RowFate.Rejected : Connectors.Kit.RowFate.Uncertain, $"{row} {new string('é', 500)}", $"{row} {new string('\u0001', 500)}")).ToArray();

        (await outcomes.WriteAsync("run_1", Record(RunPhase.Upserts, 0, 0) with { Groups = BatchRecord.Group(worst) }, default)).ShouldNotBeNull();

        (await outcomes.FindAsync("run_1", RunPhase.Upserts, 0, 0, default)).ShouldNotBeNull().Expand(10_000).Select(outcome => outcome!.Fate).ShouldBe(worst.Select(outcome => outcome.Fate));
    }

    private static BatchRecord Record(RunPhase phase, int shard, int page) => new(
        phase, shard, page, BatchRecord.Group([Connectors.Kit.RowOutcome.Accepted, null, new(Connectors.Kit.RowFate.Rejected, "code", "détail"), Connectors.Kit.RowOutcome.Accepted]), null, 1);

    private static async Task<List<string>> KeysAsync(IBatchOutcomeStore outcomes, RunPhase? phase, int? shard) =>
        await outcomes.ReadAsync("run_1", phase, shard, default).Select(record => $"{record.Phase}/{record.Shard}/{record.Page}").ToListAsync();
}

public sealed class MemoryLedgerStoreTests : LedgerStoreContract
{
    private protected override Task<(ILedgerStore Ledgers, IRunLeases Leases, IBatchOutcomeStore Outcomes)> OpenAsync() =>
        Task.FromResult<(ILedgerStore, IRunLeases, IBatchOutcomeStore)>((new MemoryLedgerStore(), new MemoryRunLeases(), new MemoryBatchOutcomeStore()));
}
