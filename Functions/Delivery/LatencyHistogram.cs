using System.Collections.Immutable;

namespace AudienceSync.Delivery;

/// <summary>How long calls took, in classes of growing width: small enough to be kept with every run, exact enough for percentiles (within 19 %).</summary>
/// <remarks>Class i holds what took at most 2^(i/4) milliseconds and more than the class before. Immutable; histograms add up.</remarks>
/// <param name="Counts">Calls by class; classes without calls at the end are left out.</param>
public sealed record LatencyHistogram(ImmutableArray<int> Counts)
{
    private const int PerDoubling = 4;

    /// <summary>The last class takes all that is longer: 2^21 ms, 35 minutes.</summary>
    private const int MaxClass = 21 * PerDoubling;

    public static LatencyHistogram Empty { get; } = new([]);

    [System.Text.Json.Serialization.JsonIgnore]
    public long Count => Counts.Sum(count => (long)count);

    public LatencyHistogram Add(TimeSpan duration)
    {
        var index = ClassOf(duration.TotalMilliseconds);
        var counts = Counts.ToBuilder();
        while (counts.Count <= index)
        {
            counts.Add(0);
        }

        counts[index]++;
        return new(counts.DrainToImmutable());
    }

    public static LatencyHistogram operator +(LatencyHistogram left, LatencyHistogram right)
    {
        var (longer, shorter) = left.Counts.Length >= right.Counts.Length ? (left, right) : (right, left);
        return shorter.Counts.IsEmpty ? longer : new([.. longer.Counts.Select((count, index) => count + (index < shorter.Counts.Length ? shorter.Counts[index] : 0))]);
    }

    /// <summary>What the given share of calls took at most, in whole milliseconds; null without calls.</summary>
    /// <param name="share">Between 0 and 1.</param>
    public long? Percentile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        foreach (var (index, count) in Counts.Index())
        {
            seen += count;
            if (seen >= rank)
            {
                return (long)Math.Ceiling(Math.Pow(2, (double)index / PerDoubling));
            }
        }

        return null;
    }

    public bool Equals(LatencyHistogram? other) => other is not null && Counts.AsSpan().SequenceEqual(other.Counts.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Counts.Length, Count);

    private static int ClassOf(double milliseconds) => milliseconds <= 1 ? 0 : Math.Min(MaxClass, (int)Math.Ceiling(Math.Log2(milliseconds) * PerDoubling));
}
