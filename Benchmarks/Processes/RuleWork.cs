using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Ours;
using AudienceSync.Benchmarks.Peers.Json;
using AudienceSync.Benchmarks.Sample;

namespace AudienceSync.Benchmarks.Processes;

/// <summary>The pieces of <c>rules</c> that run in processes of their own.</summary>
internal static class RuleWork
{
    public const string Prepare = "rules-prepare";
    public const string Packed = "rules-packed";
    public const string Json = "rules-json";

    /// <summary>Writes the profiles, packed and as JSON lines, and counts those that the rule selects.</summary>
    public static async Task<JsonObject> PrepareAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var profiles = new ProfileSample((int)input["profiles"]!);
        var packedBytes = await ProfileShards.BuildAsync(profiles, (string)input["folder"]!, (int)input["threads"]!, cancellationToken);
        var file = (string)input["lines"]!;
        await using (var stream = ProfileLines.Create(file))
        {
            using var lines = new ProfileLines(stream);
            var sink = lines;
            profiles.Read(0, 1, ref sink);
        }

        var truth = new Truth(profiles);
        profiles.Read(0, 1, ref truth);
        return new() { ["selected"] = truth.Selected, ["packedBytes"] = packedBytes, ["jsonBytes"] = new FileInfo(file).Length };
    }

    public static Task<JsonObject> PackedAsync(JsonObject input, CancellationToken cancellationToken) => MeasureAsync(
        input,
        warm: threads => ProfileShards.CountAsync((string)input["warmFolder"]!, threads, cancellationToken),
        work: threads => ProfileShards.CountAsync((string)input["folder"]!, threads, cancellationToken));

    public static async Task<JsonObject> JsonAsync(JsonObject input, CancellationToken cancellationToken)
    {
        using var rule = JsonDocument.Parse(ProfileSample.Rule);
        var interpreter = new JsonRule(rule.RootElement, ProfileSample.AsOf);
        return await MeasureAsync(input, warm: threads => CountAsync("warmLines", threads), work: threads => CountAsync("lines", threads));

        Task<long> CountAsync(string file, int threads)
        {
            var selected = 0L;
            var path = (string)input[file]!;
            Parallel.For(0, threads, part => Interlocked.Add(ref selected, JsonLines.Count(path, part, threads, interpreter.Holds)));
            return Task.FromResult(selected);
        }
    }

    private static async Task<JsonObject> MeasureAsync(JsonObject input, Func<int, Task<long>> warm, Func<int, Task<long>> work)
    {
        var threads = (int)input["threads"]!;
        await Warmup.RunAsync(() => warm(threads));
        var selected = 0L;
        var figure = await Probe.MeasureAsync(async () => selected = await work(threads));
        var json = figure.ToJson();
        json["selected"] = selected;
        return json;
    }

    private struct Truth(ProfileSample profiles) : IProfileSink
    {
        public long Selected { get; private set; }

        public void Take(in Profile profile) => Selected += profiles.IsSelected(profile) ? 1 : 0;
    }
}
