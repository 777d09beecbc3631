using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Processes;

namespace AudienceSync.Benchmarks.Peers;

/// <summary>GNU <c>sort</c> and <c>comm</c> on the CSV files.</summary>
internal sealed class SortComm(string scratch, int threads) : IDeltaPeer
{
    /// <summary>The worker that measures it, whose children they are.</summary>
    public const string Work = "sort-comm";

    private const string SortMemory = "1G";

    public string Name => "sort";

    public async Task<IReadOnlyList<PeerFigure>> MeasureAsync(string olderCsv, string newerCsv, CancellationToken cancellationToken)
    {
        var output = Path.Combine(scratch, "comm.txt");
        var figure = Figure.Read(await WorkerProcess.RunAsync(
            Work, new() { ["older"] = olderCsv, ["newer"] = newerCsv, ["output"] = output, ["scratch"] = scratch, ["threads"] = threads }, cancellationToken));
        var delta = Read(output);
        File.Delete(output);
        return [new("sortComm", "sort both files, comm", figure, delta)];
    }

    public static async Task<JsonObject> RunAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var (scratch, threads) = ((string)input["scratch"]!, (int)input["threads"]!);
        string[] sorted = [Path.Combine(scratch, "older.sorted"), Path.Combine(scratch, "newer.sorted")];
        var figure = await Probe.MeasureAsync(async () =>
        {
            await SortAsync((string)input["older"]!, sorted[0]);
            await SortAsync((string)input["newer"]!, sorted[1]);
            await RunInCLocaleAsync("sh", "-c", "comm -3 \"$0\" \"$1\" > \"$2\"", sorted[0], sorted[1], (string)input["output"]!);
        });
        Array.ForEach(sorted, File.Delete);
        var usage = ChildrenUsage.Read();
        return (figure with { CpuSeconds = usage?.CpuSeconds, PeakMiB = usage?.PeakMiB, AllocatedBytes = null }).ToJson();

        Task SortAsync(string file, string to) => RunInCLocaleAsync("sort", "-S", SortMemory, $"--parallel={threads}", "-T", scratch, "-o", to, file);

        Task RunInCLocaleAsync(string program, params string[] arguments) =>
            ChildProcess.RunAsync(new(program, arguments) { Environment = { ["LC_ALL"] = "C" } }, cancellationToken);
    }

    /// <summary>Lines of one file alone, those of the newer one behind a tab: a member in both has changed.</summary>
    private static DeltaTally Read(string output)
    {
        var gone = new Dictionary<string, string>(StringComparer.Ordinal);
        var come = new List<string>();
        foreach (var line in File.ReadLines(output))
        {
            if (line[0] is '\t')
            {
                come.Add(line[1..]);
            }
            else
            {
                gone.Add(IdOf(line), line);
            }
        }

        var tally = new DeltaTally();
        foreach (var line in come)
        {
            tally.AddLine($"{(gone.Remove(IdOf(line)) ? 'C' : 'E')},{line}");
        }

        foreach (var line in gone.Values)
        {
            tally.AddLine($"X,{line}");
        }

        return tally;

        static string IdOf(string line) => line[..line.IndexOf(',', StringComparison.Ordinal)];
    }
}
