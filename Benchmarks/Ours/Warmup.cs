using System.Diagnostics;
using AudienceSync.Benchmarks.Processes;
using AudienceSync.Benchmarks.Sample;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>Runs what is measured on a small sample first: an app that serves for weeks runs compiled code, not code that is being compiled.</summary>
internal static class Warmup
{
    /// <summary>Members of the small sample.</summary>
    public const int Count = 20_000;

    private const int LeastRounds = 4;
    private static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(1.5); // the runtime compiles for speed in the background, some tenths of a second later

    /// <summary>Repeats the work until the runtime has had time to compile it for speed.</summary>
    public static async Task RunAsync(Func<Task> work)
    {
        if (WorkerProcess.IsQuick)
        {
            return;
        }

        var watch = Stopwatch.StartNew();
        for (var round = 0; round < LeastRounds || watch.Elapsed < LeastTime; round++)
        {
            await work();
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
