namespace AudienceSync.Delivery;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentile_RandomDurations_IsAtMostAClassAboveTheExactOne()
    {
        var random = new Random(11);
        for (var round = 0; round < 1_000; round++)
        {
            var durations = Enumerable.Range(0, random.Next(1, 40)).Select(_ => Math.Pow(10, random.NextDouble() * 6)).Order().ToList();
            var histogram = durations.Aggregate(LatencyHistogram.Empty, (sum, ms) => sum.Add(TimeSpan.FromMilliseconds(ms)));
            var share = random.NextDouble();
            var exact = durations[Math.Max(0, (int)Math.Ceiling(share * durations.Count) - 1)];

            histogram.Count.ShouldBe(durations.Count);
            ((double)histogram.Percentile(share)!.Value).ShouldBeInRange(exact - 1, (exact * 1.19) + 1);
        }
    }

    [Fact]
    public void Add_ExtremeDurations_AreCounted()
    {
        var histogram = LatencyHistogram.Empty.Add(TimeSpan.Zero).Add(TimeSpan.FromTicks(1)).Add(TimeSpan.FromDays(30));

        histogram.Count.ShouldBe(3);
        histogram.Percentile(0.5).ShouldBe(1);
        histogram.Percentile(1).ShouldBe(1L << 21);
    }

    [Fact]
    public void Sum_IsThatOfAllDurations()
    {
        var (short1, long1) = (LatencyHistogram.Empty.Add(TimeSpan.FromMilliseconds(3)), LatencyHistogram.Empty.Add(TimeSpan.FromSeconds(3)));

        (short1 + long1).ShouldBe(short1.Add(TimeSpan.FromSeconds(3)));
        (long1 + short1).ShouldBe(short1 + long1);
        (LatencyHistogram.Empty + long1).ShouldBe(long1);
        LatencyHistogram.Empty.Percentile(0.95).ShouldBeNull();
    }
}
