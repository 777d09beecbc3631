using AudienceSync.Destinations;
using AudienceSync.Fakes;

namespace AudienceSync.Runs;

public sealed class SparklinesTests
{
    private readonly EngineHarness _engine = new();

    [Fact]
    public async Task AddAsync_ThreeRuns_ShowsWhatEachFoundAndLeft()
    {
        _engine.PutMany(3);
        await RunAnHourLaterAsync();
        _engine.PutMany(5);
        await RunAnHourLaterAsync(dryRun: true);
        await RunAnHourLaterAsync();
        await RunAnHourLaterAsync();

        var line = (await DrawAsync()).Sparkline!.Value;

        line.Select(point => (point.Size, point.Accepted)).ShouldBe([(3, 3), (5, 5), (5, 5)]);
        line.Select(point => point.At).ShouldBeInOrder();
    }

    [Fact]
    public async Task AddAsync_NoRunYet_IsEmpty() => (await DrawAsync()).Sparkline!.Value.ShouldBeEmpty();

    [Fact]
    public async Task AddAsync_Version_StillGuardsChangesAndCoversTheLine()
    {
        var before = await DrawAsync();
        _engine.PutMany(1);
        await _engine.RunAsync();
        var after = await DrawAsync();

        after.ETag.ShouldNotBe(before.ETag);
        Values.ETags.Holds(before.ETag, EngineHarness.Destination.ETag).ShouldBeTrue();
    }

    private async Task RunAnHourLaterAsync(bool dryRun = false)
    {
        _engine.Time.Advance(TimeSpan.FromHours(1));
        await _engine.RunAsync(dryRun: dryRun);
    }

    private async Task<DestinationView> DrawAsync() =>
        await new Sparklines(_engine.Summaries).AddAsync(await new DestinationViews(_engine.States).OfAsync((await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default), default);
}
