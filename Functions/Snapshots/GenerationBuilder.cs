using System.Collections.Immutable;
using System.Numerics;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Snapshots;

/// <param name="Shards">The chains of each shard; none where it has no members, as many shards as <paramref name="ShardBits"/> say.</param>
/// <param name="IsInOrder">Whether each shard is one chain in order; else <see cref="MergedRows"/> puts its pages in order.</param>
public sealed record BuiltGeneration(int ShardBits, ImmutableArray<ImmutableArray<string>> Shards, bool IsInOrder, long Rows);

/// <summary>Makes a generation from a stream of rows in any order, in bounded memory. Every row is written once, into a page.</summary>
/// <remarks>
/// Rows are dealt to their shards. As the memory of a shard fills, its rows are sorted and packed into a page; so the pages of a shard overlap, and who reads it merges them.
/// A generation that fits the memory altogether is in order.
/// </remarks>
/// <param name="columns">As <see cref="RowBuffer"/> takes them.</param>
/// <param name="expectedRows">About how many there will be: so many shards there are. A wrong guess makes shards larger, or pages smaller, than they might be.</param>
/// <param name="partBytes">Memory of a part for rows; a power of two, as the pool hands it out.</param>
internal sealed class GenerationBuilder(
    IPageStore pages,
    MemberHasher hasher,
    TimeProvider time,
    ImmutableArray<(string Name, CellType Type)> columns,
    long expectedRows,
    int partBytes = 16 * 1024 * 1024) : IDisposable
{
    /// <summary>Most members of a shard, about.</summary>
    private const int ShardRows = 250_000;
    private const int MaxShardBits = 12;

    private readonly int _shardBits = Math.Min(MaxShardBits, BitsOf(expectedRows));
    private readonly List<GenerationPart> _parts = [];

    /// <summary>A part of the stream, for one thread.</summary>
    public GenerationPart Part()
    {
        var part = new GenerationPart(pages, hasher, time, columns, _shardBits, partBytes >> _shardBits);
        lock (_parts)
        {
            _parts.Add(part);
        }

        return part;
    }

    /// <summary>Writes what is in memory still; the builder is of no use afterwards.</summary>
    /// <param name="degree">Shards written at a time.</param>
    /// <exception cref="RepeatedIdException"/>
    public async Task<BuiltGeneration> CompleteAsync(int degree, CancellationToken cancellationToken)
    {
        var rows = _parts.Sum(part => part.Rows);
        var isInOrder = _parts.All(part => part.Chains is null);

        // With nothing written yet there may be as few shards as the rows ask for, whatever was expected.
        var shardBits = isInOrder ? Math.Min(_shardBits, BitsOf(rows)) : _shardBits;
        var rest = new ShardChains[degree];
        await Parallel.ForAsync(0, degree, cancellationToken, async (part, token) => rest[part] = await WriteRestAsync(part, degree, shardBits, token));
        foreach (var part in _parts.Where(part => part.Chains is not null))
        {
            await part.Chains!.CompleteAsync();
        }

        var chains = _parts.Select(part => part.Chains).OfType<ShardChains>().Concat(rest).ToList();
        return new(
            shardBits,
            [.. Enumerable.Range(0, 1 << shardBits).Select(shard => chains.Select(of => of[shard]).OfType<string>().ToImmutableArray())],
            isInOrder,
            rows);
    }

    /// <summary>Writes a generation anew, each shard as one chain in order, and deletes what it was made of. One in order stays as it is.</summary>
    /// <param name="degree">Shards written at a time; the pages of each are in memory.</param>
    /// <exception cref="RepeatedIdException"/>
    public async Task<BuiltGeneration> PutInOrderAsync(BuiltGeneration built, int degree, CancellationToken cancellationToken)
    {
        if (built.IsInOrder)
        {
            return built;
        }

        var chains = new ImmutableArray<string>[built.Shards.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = degree, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, chains.Length, options, async (shard, token) => chains[shard] = await MergeAsync(built.Shards[shard], token));
        foreach (var chain in built.Shards.SelectMany(shard => shard))
        {
            await pages.DeleteAsync(chain, cancellationToken);
        }

        return built with { Shards = [.. chains], IsInOrder = true };
    }

    public void Dispose()
    {
        foreach (var part in _parts)
        {
            part.Dispose();
        }
    }

    private static int BitsOf(long rows) => BitOperations.Log2(BitOperations.RoundUpToPowerOf2((ulong)(rows / ShardRows) + 1));

    /// <summary>Writes the rest of one of so many parts of the shards.</summary>
    private async Task<ShardChains> WriteRestAsync(int part, int parts, int shardBits, CancellationToken cancellationToken)
    {
        var chains = new ShardChains(pages, time, 1 << shardBits);
        using var rows = new RowBuffer(columns);
        var memories = 1 << (_shardBits - shardBits); // of a shard: ranges of keys, one behind the other
        for (var shard = part; shard < 1 << shardBits; shard += parts)
        {
            for (var memory = shard * memories; memory < (shard + 1) * memories; memory++)
            {
                rows.Clear();
                _parts.ForEach(of => of.AddRest(memory, rows));
                await chains.AppendAsync(shard, rows, cancellationToken);
            }

            await chains.EndAsync(shard, cancellationToken);
        }

        await chains.CompleteAsync();
        return chains;
    }

    private async Task<ImmutableArray<string>> MergeAsync(ImmutableArray<string> chains, CancellationToken cancellationToken)
    {
        var writer = new ChainWriter(pages, NewId.Create("pg", time));
        var read = chains.ToAsyncEnumerable().SelectMany(chain => pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, cancellationToken));
        await foreach (var rows in MergedRows.ReadAsync(read, cancellationToken))
        {
            using (rows)
            {
                await writer.CopyAsync(rows, cancellationToken);
            }
        }

        return await writer.CompleteAsync(cancellationToken) is { } merged ? [merged] : [];
    }
}
