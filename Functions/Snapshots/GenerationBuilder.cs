using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Numerics;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Snapshots;

/// <param name="Shards">The chain of each shard, null where it has no members; as many as <paramref name="ShardBits"/> say.</param>
public sealed record BuiltGeneration(int ShardBits, ImmutableArray<string?> Shards, long Rows);

/// <summary>Makes a generation from a stream of rows in any order, in bounded memory.</summary>
/// <remarks>
/// As memory fills, rows are set aside in the page store as they are, by buckets: ranges of the member key. At the end each bucket is read back, sorted and packed:
/// every row is encoded once. What was set aside is deleted when the builder is disposed of.
/// </remarks>
/// <param name="columns">As <see cref="RowBuffer"/> takes them.</param>
/// <param name="bucketBits">A bucket is sorted in memory, one a thread: 128 of them (7 bits) do for 40 million members, about 50 MB each.</param>
internal sealed class GenerationBuilder(
    IPageStore pages, MemberHasher hasher, TimeProvider time, ImmutableArray<(string Name, CellType Type)> columns, int bucketBits = 7) : IAsyncDisposable
{
    /// <summary>Bytes that a part has for rows: a row short of it, they are set aside. A power of two, as the pool hands out memory.</summary>
    public const int PartBytes = 16 * 1024 * 1024;

    /// <summary>Most members of a shard.</summary>
    private const int ShardRows = 250_000;

    private readonly List<GenerationPart> _parts = [];
    private readonly ConcurrentBag<RowBuffer> _buffers = []; // of the buckets being sorted

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
        if (_parts is [{ Held: { } held }])
        {
            // All of it fits the memory: it is one shard, sorted as it is.
            var writer = new ChainWriter(pages, NewId.Create("pg", time));
            await held.WriteAsync(writer, cancellationToken);
            return new(0, [await writer.CompleteAsync(cancellationToken)], rows);
        }

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

        foreach (var buffer in _buffers)
        {
            buffer.Dispose();
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
        var rows = _buffers.TryTake(out var used) ? used : new(hasher, columns);
        foreach (var part in _parts)
        {
            await part.LoadAsync(rows, bucket, cancellationToken);
        }

        await rows.WriteAsync(writer, cancellationToken);
        rows.Clear();
        _buffers.Add(rows);
    }
}
