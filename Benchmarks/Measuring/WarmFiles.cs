using System.Buffers;

namespace AudienceSync.Benchmarks.Measuring;

/// <summary>Reads files before the clock starts, so that no side waits for a disk: what was written minutes ago may have left the system's memory since.</summary>
internal static class WarmFiles
{
    private const int PieceBytes = 1 << 20;

    /// <param name="paths">Files, and folders of files.</param>
    public static async Task ReadAsync(IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        foreach (var path in paths.SelectMany(path => Directory.Exists(path) ? Directory.EnumerateFiles(path) : [path]))
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, useAsync: false);
            while (await file.ReadAsync(piece, cancellationToken) > 0)
            {
                // Nothing is made of it.
            }
        }

        ArrayPool<byte>.Shared.Return(piece);
    }
}
