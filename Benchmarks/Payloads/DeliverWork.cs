using System.Diagnostics;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Ours;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Benchmarks.Payloads;

/// <summary>The way out of the app, in a process of its own: batches through the connector client to sinks on this machine.</summary>
internal static class DeliverWork
{
    public const string Work = "deliver";

    private const int Batches = 4;
    private const int SlowLanes = 4;

    /// <summary>Sends the batches in lanes, as the engine does; where a slow sink is named, others go there all the while.</summary>
    public static async Task<JsonObject> RunAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var payload = PayloadCase.All.First(it => it.Name is "webhook");
        var (definition, batches) = (payload.Definition!, payload.Batches(Batches));
        var (requests, lanes) = ((int)input["requests"]!, (int)input["lanes"]!);
        using var outbound = new GuardedOutbound(new AddressGuard(Microsoft.Extensions.Options.Options.Create(new OutboundOptions { AllowPrivateAddresses = true })), TimeProvider.System);
        var client = new ConnectorClient(outbound, TimeProvider.System);
        var fast = SettingsOf(definition, "fast", (string)input["url"]!);
        await Warmup.RunAsync(() => SendAsync(fast, Batches, lanes, cancellationToken));

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var slow = (string?)input["slowUrl"] is { } url ? SendSlowlyAsync(SettingsOf(definition, "slow", url), stop.Token) : Task.CompletedTask;
        var figure = await Probe.MeasureAsync(() => SendAsync(fast, requests, lanes, cancellationToken));
        await stop.CancelAsync();
        await slow;

        // What one core serialises, in the same process and the same moment.
        var (step, watch) = (definition.Steps[0], Stopwatch.StartNew());
        for (var built = 0; built < requests; built++)
        {
            using var request = step.BuildRequest(batches[built % Batches], fast, new()); // its content is the body, written already
            _ = (BodyContent)request!.Content!;
        }

        var json = figure.ToJson();
        json["serialisingSeconds"] = watch.Elapsed.TotalSeconds;
        return json;

        async Task SendAsync(ConnectorSettings settings, int count, int inParallel, CancellationToken token)
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = inParallel, CancellationToken = token };
            await Parallel.ForAsync(0, count, options, async (number, lane) =>
            {
                var report = await client.DeliverAsync(definition, settings, batches[number % Batches], lane);
                if (report.Outcome is not DeliveryOutcome.Settled settled || settled.Rows.Any(row => row.Fate is not RowFate.Accepted))
                {
                    throw new BenchmarkException($"The sink did not take a batch: {report.Outcome}");
                }
            });
        }

        async Task SendSlowlyAsync(ConnectorSettings settings, CancellationToken token)
        {
            try
            {
                await SendAsync(settings, int.MaxValue, SlowLanes, token);
            }
            catch (OperationCanceledException)
            {
                // The fast destination has all it was to get.
            }
        }
    }

    private static ConnectorSettings SettingsOf(ConnectorDefinition definition, string connection, string url) =>
        PayloadCase.Settings(definition) with { ConnectionId = $"con_{connection}", Values = PayloadCase.Settings(definition).Values.SetItem("url", url).SetItem("batchSize", "1000") };
}
