namespace AudienceSync.Pages;

public sealed class KeySortTests
{
    [Fact]
    public void Sort_RandomKeys_OrdersThemAndKeepsEqualOnesInPlace()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var keys = new ulong[random.Next(0, 300)];
            for (var i = 0; i < keys.Length; i++)
            {
                // Spread over all, crowded in few, or at the ends.
                keys[i] = (seed % 4) switch
                {
                    0 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
                    1 => (ulong)random.Next(10),
                    2 => ulong.MaxValue - (ulong)random.Next(5),
                    _ => random.Next(2) == 0 ? 0UL : ulong.MaxValue,
                };
            }

            var order = new int[keys.Length];
            KeySort.Sort(keys, order);

            order.ShouldBe(Enumerable.Range(0, keys.Length).OrderBy(i => keys[i]).ToArray(), $"seed {seed}");
        }
    }
}
