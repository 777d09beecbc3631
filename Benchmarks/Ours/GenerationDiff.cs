using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Sample;
using AudienceSync.Pages;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>Our side of the delta of two generations, read from packed pages on disk.</summary>
internal static class GenerationDiff
{
    /// <summary>Every entered, exited and changed row with all its attributes.</summary>
    /// <param name="threads">Shards compared at the same time.</param>
    public static Task<DeltaTally> RowsAsync(StoredGeneration older, StoredGeneration newer, int threads, CancellationToken cancellationToken) =>
        ByShardAsync(older, newer, threads, RowsOfShardAsync, cancellationToken);

    /// <summary>How many entered, exited and changed, from the columns of keys and row hashes alone.</summary>
    public static Task<DeltaTally> CountAsync(StoredGeneration older, StoredGeneration newer, int threads, CancellationToken cancellationToken) =>
        ByShardAsync(older, newer, threads, CountOfShardAsync, cancellationToken);

    private static async Task<DeltaTally> ByShardAsync(
        StoredGeneration older,
        StoredGeneration newer,
        int threads,
        Func<Shard, CancellationToken, Task<DeltaTally>> compare,
        CancellationToken cancellationToken)
    {
        if (older.ShardBits != newer.ShardBits)
        {
            throw new BenchmarkException($"The generations have {1 << older.ShardBits} and {1 << newer.ShardBits} shards.");
        }

        var (a, b) = (new FilePageStore(older.Folder), new FilePageStore(newer.Folder));
        var tallies = new DeltaTally[older.Chains.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, tallies.Length, options, async (index, token) =>
            tallies[index] = await compare(new(a, older.Chains[index], b, newer.Chains[index]), token));
        var sum = new DeltaTally();
        foreach (var tally in tallies)
        {
            sum.Add(tally);
        }

        return sum;
    }

    private static async Task<DeltaTally> RowsOfShardAsync(Shard shard, CancellationToken cancellationToken)
    {
        var tally = new DeltaTally();
        var pairs = MergeJoin.FullOuterAsync(shard.Older(PageParts.Whole, cancellationToken), shard.Newer(PageParts.Whole, cancellationToken), cancellationToken);
        await foreach (var (left, right) in pairs)
        {
            switch (left, right)
            {
                case (null, { } entered):
                    tally.Add(DeltaKind.Entered, MemberRows.ToMember(entered));
                    break;
                case ({ } exited, null):
                    tally.Add(DeltaKind.Exited, MemberRows.ToMember(exited));
                    break;
                case ({ } before, { } after) when before.RowHash != after.RowHash:
                    tally.Add(DeltaKind.Changed, MemberRows.ToMember(after));
                    break;
            }
        }

        return tally;
    }

    /// <summary>Merges keys alone: two ids of one key would be taken for one, which counts, unlike rows, may risk.</summary>
    private static async Task<DeltaTally> CountOfShardAsync(Shard shard, CancellationToken cancellationToken)
    {
        var tally = new DeltaTally();
        await using var a = new MergeSide(shard.Older(PageParts.KeysAndHashes, cancellationToken), cancellationToken);
        await using var b = new MergeSide(shard.Newer(PageParts.KeysAndHashes, cancellationToken), cancellationToken);
        await a.StartAsync();
        await b.StartAsync();
        while (a.HasRow || b.HasRow)
        {
            var order = !b.HasRow ? -1 : !a.HasRow ? 1 : a.Key.CompareTo(b.Key);
            if (order != 0)
            {
                tally.Count(order < 0 ? DeltaKind.Exited : DeltaKind.Entered, 1);
            }
            else if (a.RowHash != b.RowHash)
            {
                tally.Count(DeltaKind.Changed, 1);
            }

            if (order <= 0)
            {
                await a.MoveAsync();
            }

            if (order >= 0)
            {
                await b.MoveAsync();
            }
        }

        return tally;
    }

    private sealed record Shard(FilePageStore OlderStore, string OlderChain, FilePageStore NewerStore, string NewerChain)
    {
        public IAsyncEnumerable<PageReader> Older(PageParts parts, CancellationToken cancellationToken) => Pages(OlderStore, OlderChain, parts, cancellationToken);

        public IAsyncEnumerable<PageReader> Newer(PageParts parts, CancellationToken cancellationToken) => Pages(NewerStore, NewerChain, parts, cancellationToken);

        private static IAsyncEnumerable<PageReader> Pages(FilePageStore store, string chain, PageParts parts, CancellationToken cancellationToken) =>
            chain.Length == 0 ? AsyncEnumerable.Empty<PageReader>() : store.ReadAsync(chain, KeyRange.All, parts, cancellationToken);
    }
}
