namespace AudienceSync.Benchmarks.Measuring;

internal static class Median
{
    /// <summary>The middle of the sorted numbers; the mean of both where there are two.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static double Of(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return sorted.Length == 0
            ? throw new ArgumentException("No numbers have no median.", nameof(numbers))
            : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The median of those that are known; null when none is.</summary>
    public static double? OfKnown(IEnumerable<double?> numbers)
    {
        double[] known = [.. numbers.OfType<double>()];
        return known.Length == 0 ? null : Of(known);
    }
}
