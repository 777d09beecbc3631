using System.Numerics;

namespace AudienceSync.Pages.Columns;

/// <summary>Which rows of a column under construction have a value.</summary>
internal sealed class RowPresence
{
    private const int WordRows = 64;

    private ulong[] _words = new ulong[16];
    private int _end; // behind the last row that has one

    /// <summary>Rows that have a value.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a row that is behind all others.</summary>
    public void Add(int row)
    {
        EnsureRoom(row + 1);
        _words[row / WordRows] |= 1UL << (row % WordRows);
        (_end, Count) = (row + 1, Count + 1);
    }

    /// <summary>Adds rows that follow each other, behind all others.</summary>
    public void AddRange(int first, int count)
    {
        EnsureRoom(first + count);
        for (var row = first; row < first + count;)
        {
            var (bit, most) = (row % WordRows, first + count - row);
            _words[row / WordRows] |= (most >= WordRows ? ulong.MaxValue : (1UL << most) - 1) << bit;
            row += WordRows - bit;
        }

        (_end, Count) = (first + count, Count + count);
    }

    /// <summary>Adds rows behind all others.</summary>
    /// <param name="rows">How far behind <paramref name="first"/> each is, ascending.</param>
    public void Add(int first, ReadOnlySpan<int> rows)
    {
        foreach (var row in rows)
        {
            Add(first + row);
        }
    }

    /// <summary>Rows before this one that have a value.</summary>
    public int CountBefore(int row)
    {
        if (row >= _end)
        {
            return Count;
        }

        if (Count == _end)
        {
            return row; // all have
        }

        var count = BitOperations.PopCount(_words[row / WordRows] & ((1UL << (row % WordRows)) - 1));
        foreach (var word in _words.AsSpan(0, row / WordRows))
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

    /// <summary>Writes a bit a row, from <paramref name="first"/> up to <paramref name="end"/>, that one excluded.</summary>
    public void Write(ByteSink sink, int first, int end)
    {
        var bits = sink.Reserve(Bits.Size(end - first));
        bits.Clear();
        for (var row = first; row < Math.Min(end, _end); row++)
        {
            if ((_words[row / WordRows] & (1UL << (row % WordRows))) != 0)
            {
                Bits.Set(bits, row - first);
            }
        }
    }

    public void Clear()
    {
        _words.AsSpan(0, (_end + WordRows - 1) / WordRows).Clear();
        (_end, Count) = (0, 0);
    }

    private void EnsureRoom(int rows)
    {
        var words = (rows + WordRows - 1) / WordRows;
        if (words > _words.Length)
        {
            Array.Resize(ref _words, Math.Max(words, 2 * _words.Length));
        }
    }
}
