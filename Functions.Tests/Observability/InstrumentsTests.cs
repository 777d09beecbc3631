using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Infra.Rules;
using AudienceSync.Runs;

namespace AudienceSync.Observability;

/// <summary>What is measured, and that docs/observability.md says exactly that.</summary>
public sealed partial class InstrumentsTests
{
    private sealed record Row(string Name, string Kind, string Unit, string Tags);

    [Fact]
    public void Docs_SayEveryInstrumentAndNoOther()
    {
        var instruments = new Instruments(new TestMeters());
        using var measurements = new Measurements(instruments);

        var documented = Documented().Select(row => (row.Name, row.Kind, row.Unit)).Order().ToList();

        documented.ShouldBe(measurements.Instruments.Select(instrument => (instrument.Name, KindOf(instrument), instrument.Unit ?? "")).Order());
        documented.Select(row => row.Name).ShouldBe(CodeNames.Instruments.Order(StringComparer.Ordinal));
        measurements.Instruments.ShouldAllBe(instrument => !string.IsNullOrEmpty(instrument.Description));
    }

    [Fact]
    public void Measurements_CarryTheTagsThatDocsSay()
    {
        var instruments = new Instruments(new TestMeters());
        using var measurements = new Measurements(instruments);

        instruments.CountRows("webhook", "add", 4, 2, 1, 1);
        instruments.FinishRun("webhook", "succeeded", "manual", TimeSpan.FromSeconds(3));
        instruments.HoldRun("webhook");
        instruments.MeasureQueue("plans", 3, 1, TimeSpan.FromSeconds(2));
        instruments.MeasureCall("webhook", "deliver", "settled", TimeSpan.FromSeconds(1));
        instruments.MeasureBatch("webhook", 7);
        instruments.CountThrottle("webhook", "http_429");
        instruments.CountStorageRequest("table", 204);
        instruments.Tick(TimeSpan.FromSeconds(5));
        instruments.MeasureErasures(2, 1);

        var found = measurements.All.Select(each => (each.Instrument, Tags: string.Join(", ", each.Tags.Keys.Select(tag => $"`{tag}`").DefaultIfEmpty("none")))).Distinct().Order();
        found.ShouldBe(Documented().Select(row => (row.Name, string.Join(", ", row.Tags.Split(", ").Order(StringComparer.Ordinal)))).Order());
    }

    [Fact]
    public async Task Run_ThatEnds_CountsRowsRunAndCallsOnce()
    {
        var engine = new EngineHarness();
        using var measurements = new Measurements(engine.Instruments);
        engine.PutMany(7);
        engine.Platform.Script = _ => new Reply.PerRow(row => row.ProfileId == "c-0003" ? new RowOutcome(RowFate.Rejected, "bad") : RowOutcome.Accepted);

        var run = await engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Partial);
        measurements.Sum(InstrumentNames.RowsPlanned, "operation", "add").ShouldBe(7);
        measurements.Sum(InstrumentNames.RowsDelivered, "operation", "add").ShouldBe(6);
        measurements.Sum(InstrumentNames.RowsRejected, "operation", "add").ShouldBe(1);
        measurements.Of(InstrumentNames.RowsCarriedOver).ShouldBeEmpty();
        var finished = measurements.Of(InstrumentNames.RunsFinished).ShouldHaveSingleItem();
        (finished.Tags["connector"], finished.Tags["status"], finished.Tags["trigger"]).ShouldBe(("receiver", "partial", "manual"));
        measurements.Of(InstrumentNames.RunDuration).ShouldHaveSingleItem().Value.ShouldBe((run.FinishedAt!.Value - run.StartedAt).TotalSeconds);
        measurements.Of(InstrumentNames.BatchSize).Sum(each => each.Value).ShouldBeGreaterThanOrEqualTo(7);
        measurements.Of(InstrumentNames.DestinationLatency).Count().ShouldBe(measurements.Of(InstrumentNames.BatchSize).Count());
    }

    [Fact]
    public async Task Run_ThatIsKilledAgainAndAgain_IsCountedOnce()
    {
        var counted = 0;
        var kills = 0;
        for (var seed = 1; seed <= 10; seed++)
        {
            var engine = new EngineHarness(seed) { KillChance = 0.5 };
            using var measurements = new Measurements(engine.Instruments);
            engine.PutMany(9);

            var run = await engine.RunAsync();

            // A worker that dies between the final record and its count loses the count: never twice.
            measurements.Of(InstrumentNames.RunsFinished).Count().ShouldBeLessThanOrEqualTo(1);
            measurements.Sum(InstrumentNames.RowsPlanned, "operation", "add").ShouldBeLessThanOrEqualTo(run.Planned.Add);
            counted += measurements.Of(InstrumentNames.RunsFinished).Count();
            kills += engine.Kills;
        }

        kills.ShouldBeGreaterThan(0);
        counted.ShouldBeGreaterThan(5);
    }

    [Fact]
    public async Task Run_ThatIsHeld_IsCountedAsHeld()
    {
        var engine = new EngineHarness();
        using var measurements = new Measurements(engine.Instruments);
        engine.PutMany(5);
        await engine.RunAsync();
        engine.Profiles.Clear(); // whose segment is empty all at once, did not lose everyone

        var run = await engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Held);
        measurements.Of(InstrumentNames.RunsHeld).ShouldHaveSingleItem().Tags["connector"].ShouldBe("receiver");
    }

    [Fact]
    public async Task DryRun_CountsNoRows()
    {
        var engine = new EngineHarness();
        using var measurements = new Measurements(engine.Instruments);
        engine.PutMany(5);

        await engine.RunAsync(dryRun: true);

        measurements.Of(InstrumentNames.RowsPlanned).ShouldBeEmpty();
        measurements.Of(InstrumentNames.RunsFinished).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Throttle_IsCountedWithItsCode()
    {
        var engine = new EngineHarness();
        using var measurements = new Measurements(engine.Instruments);
        engine.PutMany(2);
        engine.Platform.Then(new Reply.Throttle(TimeSpan.FromSeconds(5)));

        await engine.RunAsync();

        measurements.Of(InstrumentNames.Throttles).ShouldHaveSingleItem().Tags["code"].ShouldBe("throttled");
        measurements.Of(InstrumentNames.DestinationLatency).ShouldContain(each => (string?)each.Tags["outcome"] == "throttled");
    }

    [Fact]
    public async Task Tick_SaysHowLateTheLatestDestinationIs()
    {
        var engine = new EngineHarness();
        using var measurements = new Measurements(engine.Instruments);
        await engine.ChangeAsync(destination => destination with { AutoSync = true });
        await ((IDestinationStateStore)engine.States).UpdateAsync(EngineHarness.DestinationId, state => state with { NextRunAt = engine.Time.GetUtcNow().AddMinutes(-4) }, default);

        await engine.Watchdog.TickAsync(default);
        await engine.Watchdog.TickAsync(default);

        measurements.Of(InstrumentNames.ScheduleTicks).Sum(each => each.Value).ShouldBe(2);
        measurements.Of(InstrumentNames.ScheduleLag).Select(each => each.Value).ShouldBe([240, 0]);
    }

    private static string KindOf(Instrument instrument) => instrument switch
    {
        Counter<long> => "counter",
        Histogram<long> or Histogram<double> => "histogram",
        Gauge<long> or Gauge<double> => "gauge",
        _ => instrument.GetType().Name,
    };

    private static IEnumerable<Row> Documented() => Line().Matches(Repository.Read("docs", "observability.md"))
        .Select(match => new Row(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value, match.Groups[4].Value));

    [GeneratedRegex(@"^\| `(audiencesync\.[a-z_.]+)` \| ([a-z]+) \| `([^`]+)` \| ([^|]+) \| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
