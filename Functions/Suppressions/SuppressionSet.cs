using System.Collections.Immutable;
using System.Numerics;

namespace AudienceSync.Suppressions;

/// <summary>The keys of a frozen list, to ask of many members whether they are on it: eight bytes an entry. Immutable.</summary>
internal sealed class SuppressionSet
{
    private readonly KeyIndex _all;
    private readonly KeyIndex _erased;

    /// <param name="keys">Ascending; a key may repeat.</param>
    /// <param name="erased">Those of them that are tombstones of erasures, ascending.</param>
    /// <param name="types">Types that have entries.</param>
    public SuppressionSet(ulong[] keys, ulong[] erased, IEnumerable<string> types)
    {
        (_all, _erased) = (new(keys), new(erased));
        Types = [.. types];
    }

    public static SuppressionSet Empty { get; } = new([], [], []);

    public ImmutableArray<string> Types { get; }

    public int Count => _all.Count;

    public bool Contains(ulong key) => _all.Contains(key);

    public bool HoldsErased => _erased.Count > 0;

    /// <summary>Whether the key is that of a tombstone.</summary>
    public bool IsErased(ulong key) => _erased.Contains(key);

    /// <summary>Sorted keys, found by their leading bits: keys are hashes, so that there are one or two to a start.</summary>
    private sealed class KeyIndex
    {
        private readonly ulong[] _keys;
        private readonly int[] _starts;
        private readonly int _shift;

        public KeyIndex(ulong[] keys)
        {
            _keys = keys;
            var bits = Math.Clamp(BitOperations.Log2((uint)keys.Length + 1), 1, 24);
            _shift = 64 - bits;
            _starts = new int[(1 << bits) + 1];
            foreach (var key in keys)
            {
                _starts[(int)(key >> _shift) + 1]++;
            }

            for (var start = 1; start < _starts.Length; start++)
            {
                _starts[start] += _starts[start - 1];
            }
        }

        public int Count => _keys.Length;

        public bool Contains(ulong key)
        {
            var bucket = (int)(key >> _shift);
            for (var at = _starts[bucket]; at < _starts[bucket + 1]; at++)
            {
                if (_keys[at] == key)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
