using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace AudienceSync.Pages;

/// <summary>Some of the rows of a page, as bits. Immutable once given away.</summary>
public sealed class RowSet
{
    /// <summary>Rows of one word.</summary>
    internal const int WordRows = 64;

    private readonly ulong[] _words;

    /// <summary>An empty set.</summary>
    internal RowSet(int rows) => (RowCount, _words) = (rows, new ulong[WordsOf(rows)]);

    /// <summary>Rows of the page.</summary>
    public int RowCount { get; }

    /// <summary>Rows of the set.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var word in _words)
            {
                count += BitOperations.PopCount(word);
            }

            return count;
        }
    }

    public bool IsEmpty => !_words.AsSpan().ContainsAnyExcept(0UL);

    /// <summary>Row i is bit i mod 64 of word i / 64; bits beyond the last row are 0.</summary>
    internal Span<ulong> Words => _words;

    public bool this[int row] => (_words[row / WordRows] & (1UL << (row % WordRows))) != 0;

    /// <summary>Words of so many bits.</summary>
    internal static int WordsOf(int bits) => (bits + WordRows - 1) / WordRows;

    /// <summary>Reads stored bits, the lowest first, as words.</summary>
    internal static void ReadWords(ReadOnlySpan<byte> bits, Span<ulong> words)
    {
        bits.CopyTo(MemoryMarshal.AsBytes(words));
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }

    public static RowSet All(int rows)
    {
        var all = new RowSet(rows);
        all._words.AsSpan().Fill(ulong.MaxValue);
        if (rows % WordRows is > 0 and var used)
        {
            all._words[^1] = (1UL << used) - 1;
        }

        return all;
    }

    /// <summary>Rows of either.</summary>
    public RowSet Or(RowSet other) => Combine(other, static (a, b) => a | b);

    /// <summary>Rows of both.</summary>
    public RowSet And(RowSet other) => Combine(other, static (a, b) => a & b);

    /// <summary>Rows of this one that are not in the other.</summary>
    public RowSet Except(RowSet other) => Combine(other, static (a, b) => a & ~b);

    /// <summary>Rows of the set for which a condition holds, looked at one by one.</summary>
    public RowSet Where(Func<int, bool> holds)
    {
        var result = new RowSet(RowCount);
        foreach (var row in ToArray())
        {
            if (holds(row))
            {
                result._words[row / WordRows] |= 1UL << (row % WordRows);
            }
        }

        return result;
    }

    /// <summary>Writes the rows of the set in order.</summary>
    /// <param name="target">Room for <see cref="Count"/> numbers.</param>
    /// <returns>How many were written.</returns>
    public int CopyTo(Span<int> target)
    {
        var count = 0;
        for (var word = 0; word < _words.Length; word++)
        {
            for (var bits = _words[word]; bits != 0; bits &= bits - 1)
            {
                target[count++] = (word * WordRows) + BitOperations.TrailingZeroCount(bits);
            }
        }

        return count;
    }

    /// <summary>The rows of the set, in order.</summary>
    public int[] ToArray()
    {
        var rows = new int[Count];
        CopyTo(rows);
        return rows;
    }

    private RowSet Combine(RowSet other, Func<ulong, ulong, ulong> combine)
    {
        var result = new RowSet(RowCount);
        for (var i = 0; i < _words.Length; i++)
        {
            result._words[i] = combine(_words[i], other._words[i]);
        }

        return result;
    }
}
