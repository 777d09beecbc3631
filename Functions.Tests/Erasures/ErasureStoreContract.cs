using AudienceSync.Fakes;
using AudienceSync.Ids;

namespace AudienceSync.Erasures;

/// <summary>What every store of erasures does: run on the fake and on the real tables.</summary>
public abstract class ErasureStoreContract
{
    private readonly ManualTimeProvider _time = new(new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    private protected abstract Task<IErasureStore> OpenAsync();

    [Fact]
    public async Task Create_ThenFind_GivesWhatWasWritten()
    {
        var store = await OpenAsync();
        var erasure = Erasure() with
        {
            Key = ulong.MaxValue - 7,
            Sealed = "sealed",
            Receipts =
            [
                new() { DestinationId = "dst_1", DestinationName = "VIPs", Connector = "webhook", AudienceName = "VIPs", Outcome = ErasureOutcome.NeverThere, At = _time.GetUtcNow() },
            ],
        };
        await store.CreateAsync([erasure], default);

        var found = (await store.FindAsync(erasure.Id, default)).ShouldNotBeNull();
        found.ETag.ShouldNotBeEmpty();
        (found.Key, found.Sealed, found.Person, found.RequestedAt).ShouldBe((erasure.Key, erasure.Sealed, erasure.Person, erasure.RequestedAt));
        found.Receipts.ShouldBe(erasure.Receipts);
        (await store.FindAsync("ers_01K9ZZZZZZZZZZZZZZZZZZZZZZ", default)).ShouldBeNull();
        (await store.FindAsync("c-1", default)).ShouldBeNull();
    }

    [Fact]
    public async Task Replace_UnderAnOldETag_IsNullAndChangesNothing()
    {
        var store = await OpenAsync();
        var erasure = Erasure();
        await store.CreateAsync([erasure], default);
        var first = (await store.FindAsync(erasure.Id, default))!;

        (await store.ReplaceAsync(first with { IsNoted = true }, default)).ShouldNotBeNull().IsNoted.ShouldBeTrue();
        (await store.ReplaceAsync(first with { IsNoted = false, IsSurveyed = true }, default)).ShouldBeNull();
        (await store.FindAsync(erasure.Id, default)).ShouldNotBeNull().ShouldSatisfyAllConditions(kept => kept.IsNoted.ShouldBeTrue(), kept => kept.IsSurveyed.ShouldBeFalse());
    }

    [Fact]
    public async Task List_PageByPage_GivesEachOnceNewestFirst()
    {
        var store = await OpenAsync();
        var all = await CreateManyAsync(store, 23);

        List<string> read = [];
        string? after = null;
        do
        {
            var page = await store.ListAsync(new(5, after), null, default);
            read.AddRange(page.Items.Select(erasure => erasure.Id));
            after = page.Next;
        }
        while (after is not null);

        read.ShouldBe(all.Select(erasure => erasure.Id).Reverse());
        (await store.ListAsync(new(50, null), erasure => erasure.Id == all[3].Id, default)).Items.ShouldHaveSingleItem().Id.ShouldBe(all[3].Id);
    }

    [Fact]
    public async Task Open_FinishedOnes_AreLeftOut()
    {
        var store = await OpenAsync();
        var all = await CreateManyAsync(store, 4);
        var second = (await store.FindAsync(all[1].Id, default))!;
        (await store.ReplaceAsync(second with { FinishedAt = _time.GetUtcNow() }, default)).ShouldNotBeNull();

        (await store.ListOpenAsync(default).Select(erasure => erasure.Id).ToListAsync()).ShouldBe([all[0].Id, all[2].Id, all[3].Id]);
        (await store.ListOpenIdsAsync(default).ToListAsync()).ShouldBe([all[0].Id, all[2].Id, all[3].Id]);
        (await store.ListMembersAsync(default).ToListAsync()).ShouldBe([new(all[0].Key, all[0].Person), new(all[2].Key, all[2].Person), new(all[3].Key, all[3].Person)]);
        (await store.ListAsync(new(50, null), null, default)).Items.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Turn_EndsOnce()
    {
        var store = await OpenAsync();
        (await store.ReadTurnAsync(default)).ShouldBe(0);
        (await store.NextTurnAsync(0, default)).ShouldBe(1);
        (await store.NextTurnAsync(0, default)).ShouldBe(1);
        (await store.NextTurnAsync(1, default)).ShouldBe(2);
        (await store.ReadTurnAsync(default)).ShouldBe(2);
    }

    [Fact]
    public async Task Purge_IsKeptUntilItEnds()
    {
        var store = await OpenAsync();
        (await store.ReadPurgeAsync(default)).ShouldBeNull();
        var pass = new PurgePass(["ers_1", "ers_2"], ["ers_2"], _time.GetUtcNow(), PurgeStage.Chains, "pg_1", 3, 1, null);
        await store.WritePurgeAsync(pass, default);
        await store.WritePurgeAsync(pass with { Cursor = "pg_2" }, default);

        var read = (await store.ReadPurgeAsync(default)).ShouldNotBeNull();
        (read.Cursor, read.Stage, read.Found, string.Join(' ', read.Erasures), string.Join(' ', read.Settled)).ShouldBe(("pg_2", PurgeStage.Chains, 3, "ers_1 ers_2", "ers_2"));
        await store.WritePurgeAsync(null, default);
        await store.WritePurgeAsync(null, default);
        (await store.ReadPurgeAsync(default)).ShouldBeNull();
    }

    private async Task<List<Erasure>> CreateManyAsync(IErasureStore store, int count)
    {
        List<Erasure> all = [];
        for (var number = 0; number < count; number++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(3));
            all.Add(Erasure() with { Key = (ulong)number, Person = $"person-{number}" });
        }

        await store.CreateAsync(all, default);
        return all;
    }

    private Erasure Erasure() => new() { Id = NewId.Create("ers", _time), Person = "hash", Key = 7, RequestedAt = _time.GetUtcNow(), Receipts = [] };
}

public sealed class MemoryErasureStoreTests : ErasureStoreContract
{
    private protected override Task<IErasureStore> OpenAsync() => Task.FromResult<IErasureStore>(new MemoryErasureStore());
}
