using System.Text.Json.Nodes;

namespace AudienceSync.Benchmarks.Measuring;

/// <summary>What one piece of work cost.</summary>
/// <param name="CpuSeconds">User and system time of the process that did it; null where it cannot be told.</param>
/// <param name="PeakMiB">Most resident memory of the process meanwhile; null where it cannot be told.</param>
/// <param name="AllocatedBytes">Bytes allocated on .NET's heap; null for other programs.</param>
internal sealed record Figure(double Seconds, double? CpuSeconds, double? PeakMiB, long? AllocatedBytes = null)
{
    public JsonObject ToJson() => new()
    {
        ["seconds"] = Round(Seconds),
        ["cpuSeconds"] = Round(CpuSeconds),
        ["peakMiB"] = Round(PeakMiB),
        ["allocatedBytes"] = AllocatedBytes,
    };

    public static Figure Read(JsonNode json) => new(
        (double)json["seconds"]!, (double?)json["cpuSeconds"], (double?)json["peakMiB"], (long?)json["allocatedBytes"]);

    /// <summary>The median of each number by itself.</summary>
    public static Figure MedianOf(IReadOnlyCollection<Figure> figures) => new(
        Median.Of(figures.Select(figure => figure.Seconds)),
        Median.OfKnown(figures.Select(figure => figure.CpuSeconds)),
        Median.OfKnown(figures.Select(figure => figure.PeakMiB)),
        (long?)Median.OfKnown(figures.Select(figure => (double?)figure.AllocatedBytes)));

    private static double? Round(double? number) => number is { } known ? Math.Round(known, 4) : null;
}
