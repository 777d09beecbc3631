using System.CommandLine;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Processes;
using AudienceSync.Benchmarks.Reports;

namespace AudienceSync.Benchmarks.Commands;

/// <summary><c>rules</c>: a rule of six conditions over packed profiles, against an interpreter over JSON lines.</summary>
internal static class RulesCommand
{
    private const int WarmProfiles = 20_000;

    public static Command Create()
    {
        var (profiles, rounds) = (BenchmarkOptions.Count("--profiles", "Profiles of the sample", 1_000_000), BenchmarkOptions.Rounds());
        var (threads, scratch, noPeers, save) = (BenchmarkOptions.Threads(), BenchmarkOptions.Scratch(), BenchmarkOptions.NoPeers(), BenchmarkOptions.Save());
        var command = new Command("rules", "A rule of six conditions over packed profile shards, against a JsonDocument interpreter over JSON lines")
        {
            profiles, rounds, threads, scratch, noPeers, save,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var folder = new ScratchFolder(arguments.GetValue(scratch));
            return await RunAsync(
                folder,
                arguments.GetValue(profiles),
                arguments.GetValue(rounds),
                arguments.GetValue(threads),
                !arguments.GetValue(noPeers),
                arguments.GetValue(save),
                cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        ScratchFolder scratch, int profiles, int rounds, int threads, bool withJson, bool save, CancellationToken cancellationToken)
    {
        var outcome = new Outcome("rules");
        Outcome.Tell($"{profiles:N0} profiles, packed and as JSON lines");
        var prepared = await WorkerProcess.RunAsync(RuleWork.Prepare, Input(profiles, "", threads), cancellationToken);
        await WorkerProcess.RunAsync(RuleWork.Prepare, Input(WarmProfiles, "warm-", threads), cancellationToken);
        var (packed, packedAlone, json, jsonAlone) = (new List<Figure>(), new List<Figure>(), new List<Figure>(), new List<Figure>());
        for (var round = 1; round <= rounds; round++)
        {
            Outcome.Tell($"round {round} of {rounds}");
            packed.Add(await MeasureAsync(RuleWork.Packed, threads));
            packedAlone.Add(await MeasureAsync(RuleWork.Packed, 1));
            if (withJson)
            {
                json.Add(await MeasureAsync(RuleWork.Json, threads));
                jsonAlone.Add(await MeasureAsync(RuleWork.Json, 1));
            }
        }

        var result = outcome.Json;
        (result["profiles"], result["threads"], result["rounds"], result["selected"]) = (profiles, threads, rounds, (long)prepared["selected"]!);
        result["packedBytesPerProfile"] = Math.Round((double)prepared["packedBytes"]! / profiles, 1);
        result["jsonBytesPerProfile"] = Math.Round((double)prepared["jsonBytes"]! / profiles, 1);
        var table = new Table($"{profiles:N0} profiles, medians of {rounds}", "seconds", "profiles/s", "CPU s", "peak MiB", "× ours");
        Row("ours", $"packed shards, {threads} threads", packed, packed);
        Row("oursOneThread", "packed shards, 1 thread", packedAlone, packedAlone);
        Row("json", $"JsonDocument interpreter, {threads} threads", json, packed);
        Row("jsonOneThread", "JsonDocument interpreter, 1 thread", jsonAlone, packedAlone);
        result["ratio"] = json.Count > 0 ? Math.Round(Ratio(json, packed), 1) : null;
        result["ratioOneThread"] = json.Count > 0 ? Math.Round(Ratio(jsonAlone, packedAlone), 1) : null;
        return await outcome.EndAsync([table], save);

        void Row(string name, string title, List<Figure> figures, List<Figure> ours)
        {
            if (figures.Count == 0)
            {
                return;
            }

            var median = Figure.MedianOf(figures);
            result[$"{name}Seconds"] = Math.Round(median.Seconds, 4);
            result[$"{name}ProfilesPerSecond"] = Math.Round(profiles / median.Seconds);
            result[$"{name}PeakMiB"] = median.PeakMiB;
            table.Add(
                title,
                Table.Number(median.Seconds),
                Table.Number(profiles / median.Seconds),
                Table.Number(median.CpuSeconds),
                Table.Number(median.PeakMiB),
                ReferenceEquals(figures, ours) ? "" : Table.Times(Ratio(figures, ours)));
        }

        async Task<Figure> MeasureAsync(string work, int on)
        {
            var input = Input(profiles, "", on);
            (input["warmFolder"], input["warmLines"]) = (scratch.Of("warm-shards"), scratch.Of("warm-profiles.jsonl"));
            var measured = await WorkerProcess.RunAsync(work, input, cancellationToken);
            outcome.Check((long)measured["selected"]! == (long)prepared["selected"]!, $"{work} selects {measured["selected"]} profiles; {prepared["selected"]} match");
            return Figure.Read(measured);
        }

        JsonObject Input(int count, string prefix, int on) => new()
        {
            ["profiles"] = count,
            ["threads"] = on,
            ["folder"] = scratch.Of($"{prefix}shards"),
            ["lines"] = scratch.Of($"{prefix}profiles.jsonl"),
        };
    }

    /// <summary>The median of the ratios of each round.</summary>
    private static double Ratio(List<Figure> other, List<Figure> ours) => Median.Of(other.Zip(ours, (their, our) => their.Seconds / our.Seconds));
}
