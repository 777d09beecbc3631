using System.Diagnostics;
using AudienceSync.Benchmarks.Processes;
using AudienceSync.Benchmarks.Sample;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>Runs what is measured on a small sample first: an app that serves for weeks runs compiled code, not code that is being compiled.</summary>
internal static class Warmup
{
    /// <summary>Members of the small sample.</summary>
    public const int Count = 20_000;

    /// <summary>The runtime begins to count calls when nothing new was called for a tenth of a second, and compiles for speed what was called thirty times since.</summary>
    private const int Cycles = 4;
    private const int LeastRounds = 10;
    private static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(0.4);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.25);

    /// <summary>Repeats the work until the runtime has compiled it for speed.</summary>
    public static async Task RunAsync(Func<Task> work)
    {
        if (WorkerProcess.IsQuick)
        {
            return;
        }

        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            var watch = Stopwatch.StartNew();
            for (var round = 0; round < LeastRounds || watch.Elapsed < LeastTime; round++)
            {
                await work();
            }

            await Task.Delay(Pause);
        }
    }

    /// <param name="folder">Holds the small generations, <c>older</c> and <c>newer</c>.</param>
    public static Task DiffAsync(string folder, int threads, CancellationToken cancellationToken)
    {
        var (older, newer) = (StoredGeneration.Open(Path.Combine(folder, "older")), StoredGeneration.Open(Path.Combine(folder, "newer")));
        return RunAsync(async () =>
        {
            await GenerationDiff.RowsAsync(older, newer, threads, cancellationToken);
            await GenerationDiff.CountAsync(older, newer, threads, cancellationToken);
            await GenerationDiff.RowsAsync(older, older, threads, cancellationToken);
        });
    }

    /// <param name="source">As small as <see cref="Count"/>.</param>
    public static Task BuildAsync(IMemberSource source, int threads, bool inOrder, CancellationToken cancellationToken) => RunAsync(async () =>
    {
        var folder = Directory.CreateTempSubdirectory("warmup-").FullName;
        await GenerationBuild.RunAsync(source, folder, threads, inOrder, cancellationToken);
        Directory.Delete(folder, recursive: true);
    });
}
