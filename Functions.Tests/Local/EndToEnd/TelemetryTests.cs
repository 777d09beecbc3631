using System.Text.Json.Nodes;
using AudienceSync.Fakes;
using AudienceSync.Local.Worker;
using AudienceSync.Observability;
using AudienceSync.Storage;
using Azure.Storage.Queues;

namespace AudienceSync.Local.EndToEnd;

/// <summary>What a collector of OpenTelemetry is sent by the app as anyone starts it, over Azurite.</summary>
public sealed class TelemetryTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>What a run without faults, a tick and a look at the queues measure.</summary>
    private static readonly string[] Wanted =
    [
        InstrumentNames.RowsPlanned, InstrumentNames.RowsDelivered, InstrumentNames.RunsFinished, InstrumentNames.RunDuration, InstrumentNames.QueueDepth, InstrumentNames.PoisonDepth,
        InstrumentNames.QueueAge, InstrumentNames.DestinationLatency, InstrumentNames.BatchSize, InstrumentNames.StorageRequests, InstrumentNames.ScheduleTicks, InstrumentNames.ScheduleLag,
    ];

    [Fact]
    public async Task Run_OverStorage_IsOneTraceAtTheCollector()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var app = await AppProcess.StartAsync(await AzuriteFixture.NewAccountAsync(), new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url.ToString(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
        });
        await using var receiver = await Receiver.StartAsync();
        await app.Api.IngestAsync(Enumerable.Range(0, 20).Select(number => new JsonObject
        {
            ["op"] = "identify",
            ["id"] = $"person-{number}",
            ["identifiers"] = new JsonObject { ["email"] = $"person-{number}@example.com" },
        }));
        var segment = await app.Api.CreateSegmentAsync("Everyone", """{"attr":"id","op":"exists"}""");
        var destination = await app.Api.CreateDestinationAsync("To the receiver", segment, await app.Api.CreateWebhookAsync(receiver), "email");

        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        var started = (await app.Api.PostAsync($"destinations/{destination}/runs", "{}", ("traceparent", $"00-{Trace}-00f067aa0ba902b7-01"))).ShouldBe(202);
        var run = await app.Api.WaitForRunAsync(started.Id);
        await app.TickAsync();
        (await app.Api.PostAsync("/admin/functions/measure-queues", """{"input":null}""")).ShouldBe(202);

        run["delivered"]!["add"]!.GetValue<int>().ShouldBe(20);
        string[] names = ["POST /api/v1/destinations/{id}/runs", "connector.call", "run.batch", "run.begin", "run.finish", "run.lane", "run.plan", "run.settle", "run.snapshot", "run.start"];
        List<CollectedSpan> OfRun() => [.. collector.Spans.Where(span => span.Tags.GetValueOrDefault(SpanTags.Run) == started.Id)];

        // Spans are told as they end, and that of the last step ends behind that of the run's end.
        await Eventually.HoldsAsync(() => Task.FromResult(names.All(name => collector.Spans.Any(span => span.TraceId == Trace && span.Name == name))), "the whole run is told", Limit);
        OfRun().ShouldAllBe(span => span.TraceId == Trace);
        var trace = collector.Spans.Where(span => span.TraceId == Trace).ToList();
        trace.ShouldAllBe(span => span.Source == Traces.SourceName);
        trace.Select(span => span.Name).Distinct().ShouldBe(names, ignoreOrder: true);
        trace.Where(span => span.Name == "run.start").ShouldHaveSingleItem().Parent
            .ShouldBe(trace.Single(span => span.Name.StartsWith("POST", StringComparison.Ordinal)).SpanId);
        collector.Spans.ShouldAllBe(span => !span.Name.Contains("person-") && span.Tags.Values.All(value => !value.Contains("person-")));

        await Eventually.HoldsAsync(
            () => Task.FromResult(Wanted.All(name => collector.Instruments.Contains(name))), $"measurements arrive: {string.Join(", ", Wanted)}", Limit);
    }

    [Fact]
    public async Task QueueMeter_SaysDepthAgeAndPoisonOfEachQueue()
    {
        var queues = new QueueServiceClient(await AzuriteFixture.NewAccountAsync(), new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        foreach (var name in QueueNames.All)
        {
            await queues.GetQueueClient(name).CreateAsync();
            await queues.GetQueueClient(name + QueueNames.PoisonSuffix).CreateAsync();
        }

        var time = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        var instruments = new Instruments(new TestMeters());
        using var measurements = new Measurements(instruments);
        await new RunQueue(queues, time).SendAllAsync([new("run_1", Runs.RunStep.Plan), new("run_1", Runs.RunStep.Settle)], default);
        await queues.GetQueueClient(QueueNames.Deliveries + QueueNames.PoisonSuffix).SendMessageAsync("not ours");
        await queues.GetQueueClient(QueueNames.Snapshots).SendMessageAsync("not ours either");
        time.Advance(TimeSpan.FromMinutes(7));

        await new QueueMeter(queues, instruments, time).MeasureAsync(default);

        double Of(string instrument, string queue) => measurements.Of(instrument).Single(each => (string?)each.Tags["queue"] == queue).Value;
        Of(InstrumentNames.QueueDepth, QueueNames.Plans).ShouldBe(2);
        Of(InstrumentNames.QueueAge, QueueNames.Plans).ShouldBe(420, tolerance: 1);
        Of(InstrumentNames.PoisonDepth, QueueNames.Plans).ShouldBe(0);
        Of(InstrumentNames.QueueDepth, QueueNames.Deliveries).ShouldBe(0);
        Of(InstrumentNames.QueueAge, QueueNames.Deliveries).ShouldBe(0);
        Of(InstrumentNames.PoisonDepth, QueueNames.Deliveries).ShouldBe(1);
        Of(InstrumentNames.QueueAge, QueueNames.Snapshots).ShouldBeInRange(410, 430);
    }
}
