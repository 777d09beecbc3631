using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>A roster's pages: member keys alone, ascending, as steps from one to the next; about six bytes a member.</summary>
/// <remarks>The keys are keyed hashes of 64 bits, so a roster says nothing about anyone, and two people who share one are counted as two: equal keys stand as often as they occur.
/// Only what it is for, two counts in a history, may rest on a hash: see <c>docs/adr/0002-packed-pages.md</c>.</remarks>
internal static class RosterPages
{
    /// <summary>Keys of one row: ten bytes each at most, within what a row may take.</summary>
    public const int KeysPerRow = 50_000;

    private const string KeysColumn = "keys";
    private const int MaxStepBytes = 10;

    /// <param name="keys">Ascending.</param>
    public static async Task WriteAsync(ChainWriter writer, ReadOnlyMemory<ulong> keys, CancellationToken cancellationToken)
    {
        for (; !keys.IsEmpty; keys = keys[Math.Min(KeysPerRow, keys.Length)..])
        {
            var block = keys[..Math.Min(KeysPerRow, keys.Length)];
            var row = new Row { [MergeJoin.IdColumn] = Cell.Of("roster"), [KeysColumn] = Cell.Of(Encode(block.Span)) };
            await writer.AppendAsync(block.Span[0], rowHash: 0, row, cancellationToken);
        }
    }

    /// <summary>The keys of a range, ascending, in blocks; whatever number of shards they were written with.</summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<ulong>> ReadAsync(
        IPageStore pages, RosterManifest roster, KeyRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var shard = 0; shard < roster.Chains.Length; shard++)
        {
            if (roster.Chains[shard] is not { } chain || !KeyRange.OfShard(shard, roster.ShardBits).Overlaps(range))
            {
                continue;
            }

            // A row begins at its first key and goes on behind: rows before the range may reach into it.
            await foreach (var page in pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, cancellationToken))
            {
                for (var row = 0; row < page.Count; row++)
                {
                    yield return Within(Decode(page.Find(KeysColumn)!.BytesAt(row)), range);
                }

                page.Dispose();
            }
        }
    }

    private static ReadOnlyMemory<ulong> Within(ulong[] keys, KeyRange range)
    {
        var first = keys.AsSpan().IndexOfAnyInRange(range.First, range.Last);
        return first < 0 ? default : keys.AsMemory(first, keys.AsSpan().LastIndexOfAnyInRange(range.First, range.Last) - first + 1);
    }

    /// <summary>Steps in seven bits a byte, the lowest first; the highest bit says that more follow.</summary>
    private static ReadOnlyMemory<byte> Encode(ReadOnlySpan<ulong> keys)
    {
        var bytes = new byte[keys.Length * MaxStepBytes];
        var (end, before) = (0, 0UL);
        foreach (var key in keys)
        {
            var step = key - before;
            for (; step >= 0x80; step >>= 7)
            {
                bytes[end++] = (byte)(step | 0x80);
            }

            bytes[end++] = (byte)step;
            before = key;
        }

        return bytes.AsMemory(0, end);
    }

    private static ulong[] Decode(ReadOnlySpan<byte> bytes)
    {
        var keys = new List<ulong>(KeysPerRow);
        var (key, step, shift) = (0UL, 0UL, 0);
        foreach (var part in bytes)
        {
            step |= (ulong)(part & 0x7f) << shift;
            shift += 7;
            if (part < 0x80)
            {
                keys.Add(key += step);
                (step, shift) = (0, 0);
            }
        }

        return CollectionsMarshal.AsSpan(keys).ToArray();
    }
}
