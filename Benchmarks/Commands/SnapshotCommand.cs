using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Peers.DuckDb;
using AudienceSync.Benchmarks.Processes;
using AudienceSync.Benchmarks.Reports;
using AudienceSync.Benchmarks.Sample;

namespace AudienceSync.Benchmarks.Commands;

/// <summary><c>snapshot</c>: a stream of rows to a sealed packed generation on disk.</summary>
internal static class SnapshotCommand
{
    public static Command Create()
    {
        var (members, rounds, threads) = (BenchmarkOptions.Members(1_000_000), BenchmarkOptions.Rounds(), BenchmarkOptions.Threads());
        var (scratch, peers, noPeers, save) = (BenchmarkOptions.Scratch(), BenchmarkOptions.Peers("duckdb"), BenchmarkOptions.NoPeers(), BenchmarkOptions.Save());
        var command = new Command("snapshot", "A stream of rows to a sealed packed generation on disk") { members, rounds, threads, scratch, peers, noPeers, save };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var folder = new ScratchFolder(arguments.GetValue(scratch));
            return await RunAsync(
                folder,
                arguments.GetValue(members),
                arguments.GetValue(rounds),
                arguments.GetValue(threads),
                BenchmarkOptions.PeersOf(arguments, peers, noPeers).Contains("duckdb"),
                arguments.GetValue(save),
                cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        ScratchFolder scratch, int members, int rounds, int threads, bool withDuckDb, bool save, CancellationToken cancellationToken)
    {
        var outcome = new Outcome("snapshot");
        var (many, one, ordered) = (new List<Figure>(), new List<Figure>(), new List<Figure>());
        var (source, duckDb) = (new List<Figure>(), new List<Figure>());
        long bytes = 0;
        for (var round = 1; round <= rounds; round++)
        {
            Outcome.Tell($"round {round} of {rounds}");
            many.Add(await BuildAsync(threads));
            one.Add(await BuildAsync(1));
            ordered.Add(await BuildAsync(threads, inOrder: true));
            source.Add(Figure.Read(await WorkerProcess.RunAsync(DiffWork.ReadSource, Input(threads), cancellationToken)));
        }

        if (withDuckDb)
        {
            await outcome.TryAsync("duckdb", async () =>
            {
                var delta = new DuckDbDelta(await DuckDb.InstallAsync(scratch.Path, threads, cancellationToken), scratch.Path);
                var (csv, parquet) = (scratch.Of("members.csv"), scratch.Of("members.parquet"));
                var input = Input(1);
                input["csv"] = csv;
                await WorkerProcess.RunAsync(DiffWork.WriteCsv, input, cancellationToken);
                for (var round = 1; round <= rounds; round++)
                {
                    Outcome.Tell($"DuckDB, round {round} of {rounds}");
                    duckDb.Add(await delta.StoreAsync(csv, parquet, isSorted: true, cancellationToken));
                }

                outcome.Json["duckdbBytesPerMember"] = Math.Round(new FileInfo(parquet).Length / (double)members, 1);
            });
        }

        var (best, single, inOrder, alone) = (Figure.MedianOf(many), Figure.MedianOf(one), Figure.MedianOf(ordered), Figure.MedianOf(source));
        var json = outcome.Json;
        (json["members"], json["threads"], json["rounds"]) = (members, threads, rounds);
        json["seconds"] = Math.Round(best.Seconds, 3);
        json["rowsPerSecond"] = Math.Round(members / best.Seconds);
        json["cpuSeconds"] = best.CpuSeconds;
        json["peakMiB"] = best.PeakMiB;
        json["bytesPerMember"] = Math.Round(bytes / (double)members, 2);
        json["allocatedBytesPerMember"] = Math.Round(best.AllocatedBytes!.Value / (double)members, 2);
        json["oneThreadSeconds"] = Math.Round(single.Seconds, 3);
        json["oneThreadRowsPerSecond"] = Math.Round(members / single.Seconds);
        json["oneThreadPeakMiB"] = single.PeakMiB;
        json["inOrderSeconds"] = Math.Round(inOrder.Seconds, 3);
        json["inOrderRowsPerSecond"] = Math.Round(members / inOrder.Seconds);
        json["inOrderPeakMiB"] = inOrder.PeakMiB;
        json["sourceAloneSeconds"] = Math.Round(alone.Seconds, 3);
        var table = new Table($"{members:N0} members, medians of {rounds}", "seconds", "rows/s", "CPU s", "peak MiB", "allocated bytes/member");
        Row($"stream to sealed generation, {threads} threads", best);
        Row("stream to sealed generation, 1 thread", single);
        Row($"the same, then each shard put in order, {threads} threads", inOrder);
        Row($"the stream alone, {threads} threads", alone);
        if (duckDb.Count > 0)
        {
            var other = Figure.MedianOf(duckDb);
            Row("DuckDB: CSV to sorted Parquet", other);
            json["duckdbSeconds"] = Math.Round(other.Seconds, 3);
            json["duckdbPeakMiB"] = other.PeakMiB;
        }

        return await outcome.EndAsync([table], save);

        void Row(string title, Figure figure) => table.Add(
            title,
            Table.Number(figure.Seconds),
            Table.Number(members / figure.Seconds),
            Table.Number(figure.CpuSeconds),
            Table.Number(figure.PeakMiB),
            Table.Number(figure.AllocatedBytes / (double)members));

        async Task<Figure> BuildAsync(int on, bool inOrder = false)
        {
            var folder = scratch.Of(string.Create(CultureInfo.InvariantCulture, $"pages-{on}"));
            var input = Input(on);
            (input["folder"], input["warm"], input["inOrder"]) = (folder, true, inOrder);
            var built = await WorkerProcess.RunAsync(DiffWork.Build, input, cancellationToken);
            outcome.Check((long)built["members"]! == members, $"The generation has {built["members"]} members, the stream had {members}");
            bytes = inOrder ? bytes : (long)built["bytes"]!;
            Directory.Delete(folder, recursive: true);
            return Figure.Read(built);
        }

        JsonObject Input(int on) => new() { ["generation"] = nameof(Generation.Older), ["members"] = members, ["threads"] = on };
    }
}
