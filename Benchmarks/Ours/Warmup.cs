using AudienceSync.Benchmarks.Sample;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>Runs the code that is measured on a small sample first: an app that serves for weeks runs compiled code, not code that is being compiled.</summary>
internal static class Warmup
{
    /// <summary>Members of the small sample.</summary>
    public const int Count = 20_000;

    private const int DiffRounds = 40;
    private const int BuildRounds = 4;

    /// <param name="folder">Holds the small generations, <c>older</c> and <c>newer</c>.</param>
    public static async Task DiffAsync(string folder, int threads, CancellationToken cancellationToken)
    {
        var (older, newer) = (StoredGeneration.Open(Path.Combine(folder, "older")), StoredGeneration.Open(Path.Combine(folder, "newer")));
        for (var round = 0; round < DiffRounds; round++)
        {
            await GenerationDiff.RowsAsync(older, newer, threads, cancellationToken);
            await GenerationDiff.CountAsync(older, newer, threads, cancellationToken);
            await GenerationDiff.RowsAsync(older, older, threads, cancellationToken);
        }
    }

    /// <param name="source">As small as <see cref="Count"/>.</param>
    public static async Task BuildAsync(IMemberSource source, int threads, CancellationToken cancellationToken)
    {
        for (var round = 0; round < BuildRounds; round++)
        {
            var folder = Directory.CreateTempSubdirectory("warmup-").FullName;
            await GenerationBuilder.BuildAsync(source, Count, folder, threads, cancellationToken);
            Directory.Delete(folder, recursive: true);
        }
    }
}
