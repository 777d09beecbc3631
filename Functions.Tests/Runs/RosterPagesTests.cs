using AudienceSync.Fakes;
using AudienceSync.Ids;
using AudienceSync.Pages;

namespace AudienceSync.Runs;

public sealed class RosterPagesTests
{
    private readonly MemoryPageStore _pages = new();
    private readonly ManualTimeProvider _time = new(new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(RosterPages.KeysPerRow)]
    [InlineData((2 * RosterPages.KeysPerRow) + 1)]
    public async Task Read_WhatWasWritten_IsAllOfIt(int count)
    {
        var random = new Random(count);
        ulong[] keys = [.. Enumerable.Range(0, count).Select(_ => (ulong)random.NextInt64() * 2).Order()];

        (await ReadAsync(await WriteAsync(0, keys), KeyRange.All)).ShouldBe(keys);
    }

    [Fact]
    public async Task Read_EdgesAndRepeatedKeys_AreKept()
    {
        ulong[] keys = [0, 0, 1, 127, 128, 16_383, 16_384, ulong.MaxValue - 1, ulong.MaxValue, ulong.MaxValue];

        (await ReadAsync(await WriteAsync(0, keys), KeyRange.All)).ShouldBe(keys);
    }

    /// <summary>Whatever number of shards it was written with and is read with.</summary>
    [Fact]
    public async Task Read_ByShardsOfAnySize_GivesEachKeyOnce()
    {
        for (var seed = 0; seed < 1_000; seed++)
        {
            var random = new Random(seed);
            ulong[] keys = [.. Enumerable.Range(0, random.Next(40)).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue) & (random.Next(2) == 0 ? ulong.MaxValue : 15UL << 60)).Order()];
            var roster = await WriteAsync(random.Next(4), keys);
            var bits = random.Next(4);
            List<ulong> read = [];
            for (var shard = 0; shard < 1 << bits; shard++)
            {
                read.AddRange(await ReadAsync(roster, KeyRange.OfShard(shard, bits)));
            }

            read.ShouldBe((IEnumerable<ulong>)keys, $"seed {seed}");
        }
    }

    private async Task<RosterManifest> WriteAsync(int bits, ulong[] keys)
    {
        List<string?> chains = [];
        for (var shard = 0; shard < 1 << bits; shard++)
        {
            var writer = new ChainWriter(_pages, NewId.Create("pg", _time));
            await RosterPages.WriteAsync(writer, keys.Where(KeyRange.OfShard(shard, bits).Contains).ToArray(), default);
            chains.Add(await writer.CompleteAsync(default));
        }

        return new("dst_1", "seg_1", bits, [.. chains], 1);
    }

    private async Task<List<ulong>> ReadAsync(RosterManifest roster, KeyRange range) =>
        await RosterPages.ReadAsync(_pages, roster, range, default).SelectMany(block => block.ToArray()).ToListAsync();
}
