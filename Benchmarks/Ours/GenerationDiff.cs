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
        ByShardAsync(older, newer, threads, AddRow, cancellationToken);

    /// <summary>How many entered, exited and changed: only keys, row hashes and the ids of rows that differ are read.</summary>
    public static Task<DeltaTally> CountAsync(StoredGeneration older, StoredGeneration newer, int threads, CancellationToken cancellationToken) =>
        ByShardAsync(older, newer, threads, static (tally, kind, _, _) => tally.Count(kind, 1), cancellationToken);

    private static async Task<DeltaTally> ByShardAsync(
        StoredGeneration older,
        StoredGeneration newer,
        int threads,
        Action<DeltaTally, DeltaKind, MemberColumns, RowRef> add,
        CancellationToken cancellationToken)
    {
        // Near a power of two one generation may have twice the shards of the other.
        var bits = Math.Min(older.ShardBits, newer.ShardBits);
        using var olderStore = new FilePageStore(older.Folder);
        using var newerStore = new FilePageStore(newer.Folder);
        var tallies = new DeltaTally[1 << bits];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, tallies.Length, options, async (shard, token) =>
        {
            await using var join = new MergeJoin(newer.Read(newerStore, shard, bits, token), older.Read(olderStore, shard, bits, token), Equal.Instance, token);
            tallies[shard] = await CompareAsync(join, add);
        });
        var sum = new DeltaTally();
        foreach (var tally in tallies)
        {
            sum.Add(tally);
        }

        return sum;
    }

    private static async Task<DeltaTally> CompareAsync(MergeJoin join, Action<DeltaTally, DeltaKind, MemberColumns, RowRef> add)
    {
        var tally = new DeltaTally();
        var columns = new MemberColumns();
        while (await join.NextAsync())
        {
            columns.Clear();
            foreach (var (newer, older) in join.Differences)
            {
                switch (newer, older)
                {
                    case ({ } entered, null):
                        add(tally, DeltaKind.Entered, columns, entered);
                        break;
                    case (null, { } exited):
                        add(tally, DeltaKind.Exited, columns, exited);
                        break;
                    case ({ } changed, not null):
                        add(tally, DeltaKind.Changed, columns, changed);
                        break;
                }
            }
        }

        return tally;
    }

    private static void AddRow(DeltaTally tally, DeltaKind kind, MemberColumns columns, RowRef row)
    {
        Span<byte> buffer = stackalloc byte[MemberText.MaxBytes];
        tally.Add(kind, columns.Read(row, buffer));
    }

    /// <summary>Rows that both generations have alike are no part of a delta.</summary>
    private sealed class Equal : IEqualRows
    {
        public static Equal Instance { get; } = new();

        public bool AreSettled(PageReader right) => true;

        public void AddSettled(PageReader right, int rows)
        {
        }

        public bool IsDifference(RowRef left, RowRef right) => false;
    }
}
