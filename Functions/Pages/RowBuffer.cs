using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Rows of one schema in memory, as <see cref="RowEncoder"/> wrote them, given to pages in the order of their keys. Its memory is kept from use to use, and given back when it is disposed of.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class RowBuffer : IDisposable
{
    private readonly PooledList<byte> _copies = new();
    private readonly PooledList<int> _bounds = new(); // where the first row begins, then where each ends
    private readonly PooledList<ulong> _keys = new();
    private readonly PooledList<int> _order = new();
    private ReadOnlyMemory<byte> _rows;

    /// <param name="columns">The first is the text <see cref="MergeJoin.IdColumn"/>; others are of any type.</param>
    public RowBuffer(ImmutableArray<(string Name, CellType Type)> columns)
    {
        Check(columns);
        Columns = columns;
    }

    public ImmutableArray<(string Name, CellType Type)> Columns { get; }

    public int Count => _keys.Count;

    /// <exception cref="ArgumentException">Rows cannot have these columns.</exception>
    public static void Check(ImmutableArray<(string Name, CellType Type)> columns)
    {
        if (columns is not [(MergeJoin.IdColumn, CellType.Text), ..] || columns.Any(column => column.Type is CellType.Absent))
        {
            throw new ArgumentException($"The first column is the text '{MergeJoin.IdColumn}', and each has a type.", nameof(columns));
        }
    }

    /// <summary>Looks at rows that stand one behind the other, and at no others.</summary>
    /// <param name="rows">Not changed before this is told to look at others.</param>
    public void Show(ReadOnlyMemory<byte> rows)
    {
        Clear();
        _rows = rows;
        Find(rows.Span, 0);
    }

    /// <summary>Adds a copy of rows that stand one behind the other.</summary>
    public void Add(ReadOnlySpan<byte> rows)
    {
        var start = _copies.Count;
        rows.CopyTo(_copies.Reserve(rows.Length));
        _rows = _copies.Memory;
        Find(rows, start);
    }

    public void Clear()
    {
        _rows = default;
        _copies.Clear();
        _bounds.Clear();
        _keys.Clear();
    }

    /// <summary>The places of all rows, in order of (key, id).</summary>
    /// <exception cref="RepeatedIdException"/>
    public ReadOnlyMemory<int> Sort()
    {
        _order.Clear();
        var order = _order.Reserve(Count);
        KeySort.Sort(_keys.Span, order);
        SortEqualKeys(order);
        return _order.Memory;
    }

    public void Dispose()
    {
        _copies.Dispose();
        _bounds.Dispose();
        _keys.Dispose();
        _order.Dispose();
    }

    /// <summary>Most bytes that the lengths of a row's values take more than they do here.</summary>
    private long LengthBytes => sizeof(int) * (long)Columns.Length;

    /// <summary>Bytes of all rows, one behind the other.</summary>
    internal ReadOnlySpan<byte> Bytes => _rows.Span;

    /// <summary>How many of these rows take no more than so many bytes together, in the plainest encodings.</summary>
    internal int CountWithin(ReadOnlySpan<int> rows, long bytes)
    {
        ReadOnlySpan<int> bounds = _bounds.Span;
        var lengthBytes = LengthBytes;
        for (var i = 0; i < rows.Length; i++)
        {
            bytes -= bounds[rows[i] + 1] - bounds[rows[i]] + lengthBytes;
            if (bytes < 0)
            {
                return i;
            }
        }

        return rows.Length;
    }

    /// <summary>Gives the keys and hashes of rows, and where the first cell of each stands in <see cref="Bytes"/>.</summary>
    /// <returns>Most bytes of these rows together, in the plainest encodings.</returns>
    internal long Read(ReadOnlySpan<int> rows, Span<ulong> keys, Span<ulong> hashes, Span<int> cells)
    {
        var bytes = _rows.Span;
        ReadOnlySpan<int> bounds = _bounds.Span;
        long most = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var start = bounds[rows[i]];
            var row = bytes[start..];
            keys[i] = RowEncoder.KeyOf(row);
            hashes[i] = RowEncoder.HashOf(row);
            cells[i] = start + RowEncoder.HeadBytes;
            most += bounds[rows[i] + 1] - start;
        }

        return most + (rows.Length * LengthBytes);
    }

    /// <summary>Most bytes that a row takes in the plainest encodings.</summary>
    internal long MostBytesOf(int row) => _bounds[row + 1] - _bounds[row] + LengthBytes;

    private int CellsOf(int row) => _bounds[row] + RowEncoder.HeadBytes;

    private void Find(ReadOnlySpan<byte> rows, int start)
    {
        if (_bounds.Count == 0)
        {
            _bounds.Add(start);
        }

        while (!rows.IsEmpty)
        {
            var length = RowEncoder.LengthOf(rows);
            start += length;
            _bounds.Add(start);
            _keys.Add(RowEncoder.KeyOf(rows));
            rows = rows[length..];
        }
    }

    /// <summary>Rows of one key in order of their ids.</summary>
    private void SortEqualKeys(Span<int> order)
    {
        var keys = _keys.Span;
        for (var first = 0; first + 1 < order.Length; first++)
        {
            var end = first + 1;
            while (end < order.Length && keys[order[end]] == keys[order[first]])
            {
                end++;
            }

            if (end - first > 1)
            {
                SortById(order[first..end]);
                first = end - 1;
            }
        }
    }

    private void SortById(Span<int> rows)
    {
        rows.Sort((a, b) => string.CompareOrdinal(IdOf(a), IdOf(b)));
        for (var i = 1; i < rows.Length; i++)
        {
            if (IdOf(rows[i]) == IdOf(rows[i - 1]))
            {
                throw new RepeatedIdException();
            }
        }
    }

    private string IdOf(int row)
    {
        var at = CellsOf(row);
        var length = RowCell.ReadLength(_rows.Span, ref at);
        return PageText.Read(_rows.Span.Slice(at, length)) ?? throw new ArgumentException("An id is not UTF-8.", nameof(row));
    }
}
