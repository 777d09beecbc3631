using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Ours;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Benchmarks.Payloads;

/// <summary>Builds the requests of one case again and again, on one thread, in a process of its own.</summary>
internal static class PayloadWork
{
    public const string Work = "payload";

    private const int Batches = 20;

    public static async Task<JsonObject> RunAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var payload = PayloadCase.All.First(it => it.Name == (string)input["case"]!);
        var members = (int)input["members"]!;
        var batches = payload.Batches(Math.Min(Batches, (members + PayloadCase.BatchMembers - 1) / PayloadCase.BatchMembers));
        var build = BuilderOf(payload, cancellationToken);
        var bytes = 0L;
        await Warmup.RunAsync(() => BuildAsync(batches.Length * PayloadCase.BatchMembers));
        bytes = 0;
        var figure = await Probe.MeasureAsync(() => BuildAsync(members));
        var json = figure.ToJson();
        json["bytes"] = bytes;
        var text = "";
        await build(batches[0], body => text = Encoding.UTF8.GetString(body.Span));
        json["isRight"] = payload.Hashes == 0 || text.Contains(PayloadCase.DigestOfEmail(batches[0]), StringComparison.Ordinal);
        return json;

        async Task BuildAsync(int count)
        {
            for (var built = 0; built < count; built += PayloadCase.BatchMembers)
            {
                await build(batches[built / PayloadCase.BatchMembers % batches.Length], body => bytes += body.Length);
            }
        }
    }

    /// <summary>Of a connector, its first step that has a body for the batch. The body is shown, and gone after that.</summary>
    private static Func<DeliveryBatch, Action<ReadOnlyMemory<byte>>, Task> BuilderOf(PayloadCase payload, CancellationToken cancellationToken)
    {
        if (payload.Definition is not { } definition)
        {
            return (batch, show) =>
            {
                show(PlainPayload.Serialize(batch, payload.Hashes > 0));
                return Task.CompletedTask;
            };
        }

        var (settings, steps) = (PayloadCase.Settings(definition), definition.Steps);
        return async (batch, show) =>
        {
            foreach (var step in steps)
            {
                var notes = new Notes();
                var part = step.Parts is { } cut ? cut(batch, settings, notes).FirstOrDefault(each => !each.Rows.IsEmpty) : batch;
                using var request = part is null ? null : step.BuildRequest(part, settings, notes);
                if (request?.Content is { } content)
                {
                    show(content is BodyContent body ? body.Bytes : await content.ReadAsByteArrayAsync(cancellationToken));
                    return;
                }
            }

            throw new BenchmarkException($"No step of '{definition.Type}' sends a body.");
        };
    }
}
