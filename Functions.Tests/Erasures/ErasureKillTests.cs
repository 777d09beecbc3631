using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Erasures;

/// <summary>A worker is killed at every single call of a store or of the platform while somebody is erased, one point a case, and another takes over.</summary>
public sealed class ErasureKillTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Kill_AtEveryPoint_ThePersonIsGoneAndNobodyElse(bool files, bool full)
    {
        var points = await EraseAsync(killAt: null, files, full);
        points.ShouldBeGreaterThan(150);
        for (var point = 0; point < points; point++)
        {
            try
            {
                await EraseAsync(point, files, full);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Killed at point {point} of {points}: {e.Message}", e);
            }
        }
    }

    [Fact]
    public async Task Kill_OftenAndAnywhere_ManyErasuresComeThrough()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var engine = new EngineHarness(seed);
            engine.Shards.ShardBits = 1;
            engine.PutMany(20);
            await engine.RunAsync();
            engine.KillChance = 0.2;
            var ids = await engine.EraseAsync([.. Enumerable.Range(0, 12).Select(EngineHarness.Id)]);
            await engine.StartAsync();
            await engine.PumpErasuresAsync();

            engine.KillChance = 0;
            engine.ShouldHaveList([.. Enumerable.Range(12, 8).Select(EngineHarness.Id)]);
            foreach (var id in ids)
            {
                (await engine.ReceiptAsync(id)).Outcome.ShouldBe(ErasureOutcome.Removed, $"seed {seed}");
            }

            (await engine.FindAsync([.. Enumerable.Range(0, 12).Select(EngineHarness.Id)])).ShouldBeEmpty($"seed {seed}");
        }
    }

    /// <returns>Points passed while the person was erased.</returns>
    private static async Task<int> EraseAsync(int? killAt, bool files, bool full)
    {
        var engine = new EngineHarness(card: card => files ? card with { Forms = [DeliveryForm.File], MixesOperations = true, FullFiles = full } : card);
        engine.Platform.List["stranger"] = "x";
        engine.PutMany(3);
        var before = await engine.RunAsync();
        var from = engine.Points.Passed;
        if (killAt is { } point)
        {
            engine.Points.KillAfter(point);
        }

        var id = (await engine.EraseAsync("c-0001"))[0];
        await engine.PumpErasuresAsync();
        var passed = engine.Points.Passed - from;

        engine.Errors.ShouldBeEmpty();
        string[] expected = files && full ? ["c-0000", "c-0002"] : ["c-0000", "c-0002", "stranger"];
        engine.ShouldHaveList(expected);
        (await engine.ReceiptAsync(id)).Outcome.ShouldBe(ErasureOutcome.Removed);
        (await engine.ErasureAsync(id)).Sealed.ShouldBeNull();
        (await engine.FindAsync("c-0001")).ShouldBeEmpty();
        (await engine.Rows.ListAsync(before.Id, new([], null, null, null), new(10, null), default)).ShouldBeOk().Items.Select(row => (row.ProfileId, row.Outcome))
            .ShouldBe([("c-0000", "delivered"), ("c-0002", "delivered"), ("erased", "delivered")], ignoreOrder: true);
        (await engine.LedgerAsync()).Accepted.ShouldBe(2);
        return passed;
    }
}
