using System.Collections.Immutable;
using System.Numerics;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Snapshots;

/// <param name="Shards">The chain of each shard, null where it has no members; as many as <paramref name="ShardBits"/> say.</param>
public sealed record BuiltGeneration(int ShardBits, ImmutableArray<string?> Shards, long Rows);

/// <summary>Makes a generation from a stream of rows in any order, in bounded memory: sorted runs are written as memory fills, and merged by shard at the end.</summary>
/// <remarks>
/// Rows are gathered in buckets, ranges of the member key. What fits the memory is written once; beyond it the fullest bucket is sorted and written as a run.
/// Runs are deleted when the builder is disposed of.
/// </remarks>
/// <param name="columns">As <see cref="RowBuffer"/> takes them.</param>
/// <param name="bucketBits">Buckets are merged in memory, one a reader: 64 of them (6 bits) do for 40 million members.</param>
internal sealed class GenerationBuilder(
    IPageStore pages, MemberHasher hasher, TimeProvider time, ImmutableArray<(string Name, CellType Type)> columns, int bucketBits = 6) : IAsyncDisposable
{
    /// <summary>Bytes of rows that a part holds before it writes a run.</summary>
    public const int PartBytes = 24 * 1024 * 1024;

    /// <summary>Most members of a shard.</summary>
    private const int ShardRows = 250_000;

    private readonly List<GenerationPart> _parts = [];

    /// <summary>A part of the stream, for one thread.</summary>
    public GenerationPart Part()
    {
        var part = new GenerationPart(pages, hasher, time, columns, bucketBits);
        lock (_parts)
        {
            _parts.Add(part);
        }

        return part;
    }

    /// <summary>Writes the generation; the builder is of no use afterwards.</summary>
    /// <param name="degree">Shards written at a time.</param>
    public async Task<BuiltGeneration> CompleteAsync(int degree, CancellationToken cancellationToken)
    {
        var rows = _parts.Sum(part => part.Rows);
        var shardBits = Math.Min(bucketBits, BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)(rows / ShardRows) + 1)));
        foreach (var part in _parts)
        {
            await part.EndAsync(isOnly: _parts.Count == 1, cancellationToken);
        }

        var chains = new string?[1 << shardBits];
        var options = new ParallelOptions { MaxDegreeOfParallelism = degree, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, chains.Length, options, async (shard, token) => chains[shard] = await WriteShardAsync(shard, shardBits, token));
        return new(shardBits, [.. chains], rows);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _parts)
        {
            await part.DisposeAsync();
        }
    }

    /// <summary>Buckets nest in shards: a shard is its buckets, one behind the other.</summary>
    private async Task<string?> WriteShardAsync(int shard, int shardBits, CancellationToken cancellationToken)
    {
        var writer = new ChainWriter(pages, NewId.Create("pg", time));
        var buckets = 1 << (bucketBits - shardBits);
        for (var bucket = shard * buckets; bucket < (shard + 1) * buckets; bucket++)
        {
            await WriteBucketAsync(bucket, writer, cancellationToken);
        }

        return await writer.CompleteAsync(cancellationToken);
    }

    private async Task WriteBucketAsync(int bucket, ChainWriter writer, CancellationToken cancellationToken)
    {
        if (_parts is [var only] && only.Held(bucket) is { } held)
        {
            await held.WriteAsync(writer, cancellationToken);
            held.Clear();
            return;
        }

        var runs = new List<(PageReader Page, CopiedColumn[] Columns)>();
        foreach (var part in _parts)
        {
            await foreach (var page in part.ReadRunsAsync(bucket, cancellationToken))
            {
                runs.Add((page, page.ToCopy()));
            }
        }

        await writer.CopyAsync(runs, RunOrder.Of([.. runs.Select(run => run.Page)]), cancellationToken);
        foreach (var (page, _) in runs)
        {
            page.Dispose();
        }
    }
}
