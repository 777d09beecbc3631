using AudienceSync.Benchmarks.Measuring;

namespace AudienceSync.Benchmarks.Peers;

/// <summary>Another program that can find the delta of two generations.</summary>
internal interface IDeltaPeer
{
    /// <summary>As it is named in <c>--peers</c>.</summary>
    string Name { get; }

    /// <summary>Measures it once, in each of its ways.</summary>
    /// <exception cref="BenchmarkException">It is not installed, or failed.</exception>
    Task<IReadOnlyList<PeerFigure>> MeasureAsync(string olderCsv, string newerCsv, CancellationToken cancellationToken);
}

/// <param name="Name">As in the JSON: <c>postgresJoin</c>.</param>
/// <param name="Title">As in the table.</param>
/// <param name="Delta">What it found; null where it only loaded.</param>
internal sealed record PeerFigure(string Name, string Title, Figure Figure, DeltaTally? Delta);
