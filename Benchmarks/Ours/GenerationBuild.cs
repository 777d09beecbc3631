using System.Collections.Immutable;
using AudienceSync.Benchmarks.Sample;
using AudienceSync.Pages;
using AudienceSync.Snapshots;
using AudienceSync.Values;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>Our side of "a stream of rows to a sealed packed generation".</summary>
internal static class GenerationBuild
{
    /// <summary>Pieces of the source for each thread: one whose core is shared takes fewer, so that none waits for it.</summary>
    private const int PiecesPerThread = 16;

    /// <summary>The columns of a member.</summary>
    public static ImmutableArray<(string Name, CellType Type)> Columns { get; } =
    [
        (MergeJoin.IdColumn, CellType.Text),
        (MemberRows.Email, CellType.Text),
        (MemberRows.Phone, CellType.Text),
        (MemberRows.FirstName, CellType.Text),
        (MemberRows.LastName, CellType.Text),
        (MemberRows.Amount, CellType.Decimal),
        (MemberRows.Day, CellType.Date),
    ];

    /// <summary>The secret of the measured installation; fixed, so that every run packs the same pages.</summary>
    public static MemberHasher Hasher { get; } = new("benchmark secret"u8.ToArray());

    /// <param name="threads">Pieces of the source read, and shards written, at the same time.</param>
    /// <param name="inOrder">Whether to put each shard in order, as those of a ledger are; else it is merged as it is read.</param>
    public static async Task<StoredGeneration> RunAsync(IMemberSource source, string folder, int threads, bool inOrder, CancellationToken cancellationToken)
    {
        using var store = new FilePageStore(folder);
        BuiltGeneration built;
        using (var builder = new GenerationBuilder(store, Hasher, TimeProvider.System, Columns, source.ApproximateCount))
        {
            var (pieces, next) = (threads * PiecesPerThread, -1);
            await Parallel.ForAsync(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken }, (_, _) =>
            {
                var sink = new Sink(builder.Part());
                while (Interlocked.Increment(ref next) is var piece && piece < pieces)
                {
                    source.Read(piece, pieces, ref sink);
                }

                return ValueTask.CompletedTask;
            });
            built = await builder.CompleteAsync(threads, cancellationToken);
            built = inOrder ? await builder.PutInOrderAsync(built, threads, cancellationToken) : built;
        }

        var generation = new StoredGeneration(folder, built.ShardBits, built.Shards, built.IsInOrder, built.Rows);
        generation.Save();
        return generation;
    }

    /// <summary>Members of the sample as rows of a part of a generation.</summary>
    public readonly struct Sink(GenerationPart part) : IMemberSink
    {
        public void Take(in Member member)
        {
            var row = part.Begin(member.Id);
            row.AddText(member.Email);
            row.AddText(member.Phone);
            row.AddText(member.FirstName);
            row.AddText(member.LastName);
            row.AddDecimal(new((int)member.Cents, 0, 0, isNegative: false, scale: 2));
            row.AddInteger(member.Day);
            part.End();
            if (part.IsFull)
            {
                // The store is a file and the thread its own: nothing else waits.
                part.PackAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
            }
        }
    }
}
