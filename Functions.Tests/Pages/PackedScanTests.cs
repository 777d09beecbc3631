using AudienceSync.Pages.Columns;

namespace AudienceSync.Pages;

public sealed class PackedScanTests
{
    [Fact]
    public void Run_NumbersOfEveryWidth_FindsThoseWithin()
    {
        var random = new Random(1);
        foreach (var width in Enumerable.Range(1, 56).Append(64))
        {
            for (var round = 0; round < 30; round++)
            {
                var most = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
                var distances = Enumerable.Range(0, random.Next(1, 300)).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue) & most).Append(0UL).Append(most).ToArray();
                var (a, b) = (distances[random.Next(distances.Length)], round % 3 == 0 ? ulong.MaxValue : distances[random.Next(distances.Length)]);
                var (first, last) = (Math.Min(a, b), Math.Max(a, b));

                var found = Find(distances, new WithinTest(first, last));

                found.ShouldBe(distances.Select(distance => distance >= first && distance <= last), $"width {width}, round {round}");
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(32)]
    [InlineData(1_000)]
    public void Run_Codes_FindsThoseThatHold(int distinct)
    {
        var random = new Random(distinct);
        var holds = Enumerable.Range(0, distinct).Select(_ => random.Next(3) == 0).ToArray();
        var codes = Enumerable.Range(0, 2_000).Select(_ => (ulong)random.Next(distinct)).Append((ulong)distinct - 1).ToArray();

        Find(codes, new CodesTest(holds)).ShouldBe(codes.Select(code => holds[code]));
        if (distinct <= FewCodesTest.MostCodes)
        {
            var bits = holds.Index().Aggregate(0U, (bits, held) => bits | ((held.Item ? 1U : 0) << held.Index));
            Find(codes, new FewCodesTest(bits)).ShouldBe(codes.Select(code => holds[code]));
        }
    }

    private static IEnumerable<bool> Find<TTest>(ulong[] distances, TTest test)
        where TTest : struct, IPackedTest
    {
        // The least is stored apart: any will do.
        var least = distances.Contains(ulong.MaxValue) ? long.MinValue : -5;
        var sink = new ByteSink();
        PackedIntegers.Write<long>(sink, distances.Select(distance => unchecked(least + (long)distance)).ToArray());
        var bytes = new ColumnBytes(sink.Written.ToArray(), new("page", "column"));
        var found = new ulong[(distances.Length + 63) / 64];
        PackedScan.Run(PackedIntegers.Read(ref bytes, distances.Length), distances.Length, test, found);
        return distances.Index().Select(distance => (found[distance.Index / 64] & (1UL << (distance.Index % 64))) != 0).ToList();
    }
}
