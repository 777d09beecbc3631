using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>A worker is killed at every single call of a store or of the platform, one point a case, and another takes over.</summary>
public sealed class KillPointTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Kill_AtEveryPoint_EndsWithTheListRight(bool files, bool full)
    {
        var points = await RunAsync(killAt: null, files, full);
        points.ShouldBeGreaterThan(300);
        for (var point = 0; point < points; point++)
        {
            try
            {
                await RunAsync(point, files, full);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Killed at point {point} of {points}: {e.Message}", e);
            }
        }
    }

    [Fact]
    public async Task Kill_AtEveryPointOfACleanUp_RemovesEveryone()
    {
        var points = await CleanUpAsync(killAt: null);
        points.ShouldBeGreaterThan(80);
        for (var point = 0; point < points; point++)
        {
            try
            {
                await CleanUpAsync(point);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Killed at point {point} of {points}: {e.Message}", e);
            }
        }
    }

    /// <summary>Two runs: five come; then one of each kind, and one under a new match key.</summary>
    private static async Task<int> RunAsync(int? killAt, bool files, bool full)
    {
        var engine = new EngineHarness(card: card => files
            ? card with { Forms = [DeliveryForm.File], MixesOperations = true, FullFiles = full }
            : card);
        engine.Platform.KeyField = "email";
        engine.Platform.List["stranger"] = "x";
        await engine.ChangeAsync(destination => destination with { Mapping = EngineHarness.Mapping(("email", "email", true), ("orders", "orders", false)) });
        engine.Shards.ShardBits = 1;
        engine.PutMany(5);
        if (killAt is { } point)
        {
            engine.Points.KillAfter(point);
        }

        List<Run> runs = [await engine.RunAsync()];
        engine.Put("c-0001", orders: 8);
        engine.Put("c-0002", vip: false);
        engine.Put("c-0003", email: "new@example.com");
        engine.Put("c-new");
        runs.Add(await engine.RunAsync());
        var points = engine.Points.Passed;

        // The lost batch may have to wait for one more run.
        runs.Add(await engine.RunAsync());
        engine.Errors.ShouldBeEmpty();
        foreach (var run in runs)
        {
            run.Status.IsActive().ShouldBeFalse();
            EngineHarness.ShouldAddUp(run);
        }

        engine.Platform.List.ShouldBe(await engine.ExpectedAsync(full ? [] : [KeyValuePair.Create("stranger", "x")]));
        engine.Platform.Calls.Clear();
        (await engine.RunAsync()).Planned.Total.ShouldBe(0);
        engine.Platform.Calls.ShouldBeEmpty();
        (engine.Kills == 1).ShouldBe(killAt is not null);
        return points;
    }

    private static async Task<int> CleanUpAsync(int? killAt)
    {
        var engine = new EngineHarness();
        engine.Platform.List["stranger"] = "x";
        engine.PutMany(5);
        await engine.RunAsync();
        await engine.ChangeAsync(destination => destination with { Deleting = true });
        await engine.Starter.StartCleanUpAsync((await engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default);
        var before = engine.Points.Passed;
        if (killAt is { } point)
        {
            engine.Points.KillAfter(point);
        }

        await engine.PumpAsync();
        var points = engine.Points.Passed - before;
        await engine.PumpAsync(async () => await engine.Destinations.GetAsync(EngineHarness.DestinationId, default) is null);
        await engine.PumpAsync();

        engine.ShouldHaveList("stranger");
        (await engine.LedgerAsync()).Version.ShouldBe(0);
        (await engine.States.GetAsync(EngineHarness.DestinationId, default)).ShouldBeNull();
        return points;
    }
}
