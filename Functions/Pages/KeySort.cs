using System.Buffers;
using System.Numerics;

namespace AudienceSync.Pages;

/// <summary>Sorts member keys, which are spread evenly: one pass into buckets of a few, then insertion within each.</summary>
internal static class KeySort
{
    /// <summary>Keys a bucket holds, about.</summary>
    private const int BucketKeys = 4;

    /// <summary>Writes the places of the keys in the order of the keys; equal ones stay in the order of their places.</summary>
    /// <param name="keys">Any; slow when they are far from evenly spread.</param>
    /// <param name="order">As long as <paramref name="keys"/>.</param>
    public static void Sort(ReadOnlySpan<ulong> keys, Span<int> order)
    {
        if (keys.IsEmpty)
        {
            return;
        }

        var (least, most) = (ulong.MaxValue, ulong.MinValue);
        foreach (var key in keys)
        {
            least = Math.Min(least, key);
            most = Math.Max(most, key);
        }

        // Two at least: a shift by all 64 bits would be none.
        var buckets = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(keys.Length / BucketKeys, 2));
        var shift = Math.Max(0, 64 - BitOperations.LeadingZeroCount(most - least) - BitOperations.Log2((uint)buckets));
        var rented = ArrayPool<int>.Shared.Rent(buckets + 1);
        var ends = rented.AsSpan(0, buckets + 1);
        ends.Clear();
        foreach (var key in keys)
        {
            ends[(int)((key - least) >> shift) + 1]++;
        }

        for (var i = 1; i < ends.Length; i++)
        {
            ends[i] += ends[i - 1];
        }

        for (var i = 0; i < keys.Length; i++)
        {
            order[ends[(int)((keys[i] - least) >> shift)]++] = i;
        }

        ArrayPool<int>.Shared.Return(rented);
        Insert(keys, order);
    }

    // No key has far to go: its bucket's few neighbours are all there is before it.
    private static void Insert(ReadOnlySpan<ulong> keys, Span<int> order)
    {
        for (var i = 1; i < order.Length; i++)
        {
            var place = order[i];
            var key = keys[place];
            var at = i;
            for (; at > 0 && keys[order[at - 1]] > key; at--)
            {
                order[at] = order[at - 1];
            }

            order[at] = place;
        }
    }
}
