using System.Buffers;

namespace AudienceSync.Snapshots;

/// <summary>Memory for rows dealt into buckets, given back when it is disposed of. Not thread-safe.</summary>
/// <remarks>
/// Rows gather in a small slot of their bucket first: all slots together stay in the processor's cache. A full slot moves to the block of its bucket as one piece; to write
/// rows to so many blocks one by one would be to wait for main memory at each.
/// </remarks>
/// <param name="blockBytes">Most bytes of a bucket's block.</param>
internal sealed class BucketMemory(int buckets, int blockBytes) : IDisposable
{
    private const int SlotBytes = 1024;

    private readonly byte[] _slots = ArrayPool<byte>.Shared.Rent(SlotBytes * buckets);
    private readonly int[] _slotUsed = new int[buckets];
    private readonly byte[]?[] _blocks = new byte[]?[buckets];
    private readonly int[] _blockUsed = new int[buckets];

    /// <summary>False when the bucket has no room for the row.</summary>
    public bool TryAdd(int bucket, ReadOnlySpan<byte> row)
    {
        if (row.Length > SlotBytes - _slotUsed[bucket])
        {
            if (!TryMoveToBlock(bucket, SlotOf(bucket)))
            {
                return false;
            }

            _slotUsed[bucket] = 0;
            if (row.Length > SlotBytes)
            {
                return TryMoveToBlock(bucket, row);
            }
        }

        row.CopyTo(_slots.AsSpan((bucket * SlotBytes) + _slotUsed[bucket]));
        _slotUsed[bucket] += row.Length;
        return true;
    }

    /// <summary>Bytes of the rows of a bucket.</summary>
    public int SizeOf(int bucket) => _blockUsed[bucket] + _slotUsed[bucket];

    /// <summary>The rows of a bucket, but for those that are in its slot.</summary>
    public ReadOnlyMemory<byte> BlockOf(int bucket) => _blocks[bucket].AsMemory(0, _blockUsed[bucket]);

    /// <summary>The rows of a bucket that are not in its block yet.</summary>
    public ReadOnlySpan<byte> SlotOf(int bucket) => _slots.AsSpan(bucket * SlotBytes, _slotUsed[bucket]);

    public void ClearBlock(int bucket) => _blockUsed[bucket] = 0;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_slots);
        foreach (var block in _blocks.OfType<byte[]>())
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private bool TryMoveToBlock(int bucket, ReadOnlySpan<byte> rows)
    {
        if (rows.Length > blockBytes - _blockUsed[bucket])
        {
            return false;
        }

        var block = _blocks[bucket] ??= ArrayPool<byte>.Shared.Rent(blockBytes);
        rows.CopyTo(block.AsSpan(_blockUsed[bucket]));
        _blockUsed[bucket] += rows.Length;
        return true;
    }
}
