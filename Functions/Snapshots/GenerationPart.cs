using System.Collections.Immutable;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Snapshots;

/// <summary>A part of the stream that <see cref="GenerationBuilder"/> reads: rows go into the memory of their shard, and as it fills they are sorted and packed. Not thread-safe.</summary>
/// <param name="shardBits">Shards are ranges of the top bits of the key.</param>
/// <param name="blockBytes">Memory for the rows of a shard.</param>
internal sealed class GenerationPart(
    IPageStore pages, MemberHasher hasher, TimeProvider time, ImmutableArray<(string Name, CellType Type)> columns, int shardBits, int blockBytes) : IDisposable
{
    private readonly RowEncoder _row = new(hasher, columns);
    private readonly BucketMemory _memory = new(1 << shardBits, blockBytes);
    private readonly RowBuffer _rows = new(columns);
    private ReadOnlyMemory<byte> _waiting; // the row for which its shard had no room

    /// <summary>Rows taken.</summary>
    public long Rows { get; private set; }

    /// <summary>Whether the last row waits for room: then <see cref="PackAsync"/>.</summary>
    public bool IsFull => !_waiting.IsEmpty;

    /// <summary>Begins a row and gives what takes its other values; then <see cref="End"/>.</summary>
    /// <param name="id">The profile's id in UTF-8.</param>
    /// <exception cref="InvalidOperationException">The last row still waits for room.</exception>
    public RowEncoder Begin(ReadOnlySpan<byte> id)
    {
        if (IsFull)
        {
            throw new InvalidOperationException("The last row waits for room. Pack rows first.");
        }

        _row.Begin(id);
        return _row;
    }

    /// <exception cref="InvalidOperationException">The row has more or fewer values than there are columns.</exception>
    /// <exception cref="ArgumentException">It is larger than a page.</exception>
    public void End()
    {
        var row = _row.End();
        Rows++;
        if (!_memory.TryAdd(ShardOf(_row.Key), row.Span))
        {
            _waiting = row;
        }
    }

    /// <summary>Sorts and packs the rows of the shard that is full, to make room for the row that waits.</summary>
    /// <exception cref="RepeatedIdException"/>
    /// <exception cref="ArgumentException">A row is larger than a page.</exception>
    public async ValueTask PackAsync(CancellationToken cancellationToken)
    {
        var shard = ShardOf(_row.Key);
        await PackRowsAsync(shard, _memory.BlockOf(shard), cancellationToken);
        _memory.ClearBlock(shard);
        if (!_memory.TryAdd(shard, _waiting.Span))
        {
            await PackRowsAsync(shard, _waiting, cancellationToken); // larger than all the memory of its shard
        }

        _waiting = default;
    }

    public void Dispose()
    {
        _memory.Dispose();
        _rows.Dispose();
    }

    /// <summary>The shards' pages that were written as memory filled; null when it never did.</summary>
    internal ShardChains? Chains { get; private set; }

    /// <summary>Adds the rows of a shard that are in memory still.</summary>
    internal void AddRest(int shard, RowBuffer target)
    {
        target.Add(_memory.BlockOf(shard).Span);
        target.Add(_memory.SlotOf(shard));
    }

    private int ShardOf(ulong key) => shardBits == 0 ? 0 : (int)(key >> (64 - shardBits));

    private async ValueTask PackRowsAsync(int shard, ReadOnlyMemory<byte> rows, CancellationToken cancellationToken)
    {
        if (rows.IsEmpty)
        {
            return;
        }

        Chains ??= new(pages, time, 1 << shardBits);
        _rows.Show(rows);
        await Chains.AppendAsync(shard, _rows, cancellationToken);
        await Chains.EndAsync(shard, cancellationToken);
    }
}
