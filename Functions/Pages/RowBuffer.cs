using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Rows of one schema in memory, taken as spans in any order and given to pages in the order of their keys. Its memory is kept when it is cleared, and given back when it is disposed of.</summary>
/// <remarks>A row is <see cref="Begin"/>, a value or none for each column in order, and <see cref="End"/>. Not thread-safe.</remarks>
internal sealed class RowBuffer : IDisposable
{
    private const int IdColumn = 0;
    private const int HeadBytes = sizeof(int) + (2 * sizeof(ulong));

    private readonly MemberHasher _hasher;
    private readonly ImmutableArray<(string Name, CellType Type)> _columns;
    private readonly CellHasher[] _cellHashers;
    private readonly PooledList<byte> _bytes = new();
    private readonly PooledList<int> _starts = new();
    private readonly PooledList<ulong> _keys = new();
    private readonly PooledList<ulong> _hashes = new();
    private ulong _key;
    private ulong _sum;
    private int _column;

    /// <param name="columns">The first is the text <see cref="MergeJoin.IdColumn"/>; others are of any type.</param>
    /// <param name="capacity">Bytes of rows that there is room for from the beginning.</param>
    public RowBuffer(MemberHasher hasher, ImmutableArray<(string Name, CellType Type)> columns, int capacity = 0)
    {
        if (columns is not [(MergeJoin.IdColumn, CellType.Text), ..] || columns.Any(column => column.Type is CellType.Absent))
        {
            throw new ArgumentException($"The first column is the text '{MergeJoin.IdColumn}', and each has a type.", nameof(columns));
        }

        (_hasher, _columns) = (hasher, columns);
        _bytes.EnsureCapacity(capacity);
        _cellHashers = [.. columns.Select(column => hasher.OfCells(column.Name, column.Type))];
    }

    public int Count => _keys.Count;

    /// <summary>The rows at hand in the order they came, for <see cref="Load"/>.</summary>
    /// <remarks>A row is its length in bytes (4), key (8) and hash (8), then for each column the length of its value (4), −1 for none, and the value.</remarks>
    public ReadOnlySpan<byte> Bytes => _bytes.Span;

    /// <summary>Begins a row.</summary>
    /// <param name="id">The profile's id in UTF-8, at least a byte.</param>
    /// <param name="key">Its <see cref="MemberHasher.Key(ReadOnlySpan{byte})"/>.</param>
    public void Begin(ReadOnlySpan<byte> id, ulong key)
    {
        _starts.Add(_bytes.Count);
        _bytes.Reserve(HeadBytes);
        (_key, _sum, _column) = (key, 0, IdColumn);
        AddText(id);
    }

    /// <summary>The next column's text, or bytes.</summary>
    public void AddText(ReadOnlySpan<byte> text)
    {
        var at = _bytes.Reserve(sizeof(int) + text.Length);
        BinaryPrimitives.WriteInt32LittleEndian(at, text.Length);
        text.CopyTo(at[sizeof(int)..]);
        _sum += _cellHashers[_column++].OfText(text);
    }

    /// <summary>The next column's integer, UTC ticks, number of a day, or flag as 0 or 1.</summary>
    public void AddInteger(long value)
    {
        var at = _bytes.Reserve(sizeof(int) + sizeof(long));
        BinaryPrimitives.WriteInt32LittleEndian(at, sizeof(long));
        BinaryPrimitives.WriteInt64LittleEndian(at[sizeof(int)..], value);
        _sum += _cellHashers[_column++].OfInteger(value);
    }

    public void AddDecimal(decimal value)
    {
        var at = _bytes.Reserve(sizeof(int) + sizeof(decimal));
        BinaryPrimitives.WriteInt32LittleEndian(at, sizeof(decimal));
        MemoryMarshal.Write(at[sizeof(int)..], in value);
        _sum += _cellHashers[_column++].OfDecimal(value);
    }

    /// <summary>The next column's list.</summary>
    /// <remarks>Kept as the number of items (4), and for each its length (4) and its bytes.</remarks>
    public void AddTexts(ImmutableArray<string> texts)
    {
        var start = _bytes.Count;
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.Reserve(2 * sizeof(int))[sizeof(int)..], texts.Length);
        var hash = _cellHashers[_column].BeginList(texts.Length);
        foreach (var text in texts)
        {
            var bytes = PageText.ToBytes(text);
            var at = _bytes.Reserve(sizeof(int) + bytes.Length);
            BinaryPrimitives.WriteInt32LittleEndian(at, bytes.Length);
            bytes.CopyTo(at[sizeof(int)..]);
            hash = CellHasher.AddItem(hash, bytes);
        }

        BinaryPrimitives.WriteInt32LittleEndian(_bytes.Span[start..], _bytes.Count - start - sizeof(int));
        _sum += hash;
        _column++;
    }

    /// <summary>The next column has no value.</summary>
    public void AddNothing()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.Reserve(sizeof(int)), -1);
        _column++;
    }

    /// <summary>Ends a row.</summary>
    /// <exception cref="InvalidOperationException">It has more or fewer values than there are columns.</exception>
    public void End()
    {
        if (_column != _columns.Length)
        {
            throw new InvalidOperationException($"A row has {_column} values for {_columns.Length} columns.");
        }

        var hash = _hasher.Finish(_sum);
        _keys.Add(_key);
        _hashes.Add(hash);
        var row = _bytes.Span[_starts[_starts.Count - 1]..];
        BinaryPrimitives.WriteInt32LittleEndian(row, row.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(row[sizeof(int)..], _key);
        BinaryPrimitives.WriteUInt64LittleEndian(row[(sizeof(int) + sizeof(ulong))..], hash);
    }

    /// <summary>Adds rows that another buffer of the same schema held.</summary>
    /// <param name="rows">Its <see cref="Bytes"/>.</param>
    public void Load(ReadOnlySpan<byte> rows)
    {
        var start = _bytes.Count;
        rows.CopyTo(_bytes.Reserve(rows.Length));
        while (!rows.IsEmpty)
        {
            _starts.Add(start);
            _keys.Add(BinaryPrimitives.ReadUInt64LittleEndian(rows[sizeof(int)..]));
            _hashes.Add(BinaryPrimitives.ReadUInt64LittleEndian(rows[(sizeof(int) + sizeof(ulong))..]));
            var length = BinaryPrimitives.ReadInt32LittleEndian(rows);
            start += length;
            rows = rows[length..];
        }
    }

    /// <summary>How many bytes of rows end with a row and are not more than so many; those of the first row if it alone is.</summary>
    public static int WholeRows(ReadOnlySpan<byte> rows, int most)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(rows);
        while (length < rows.Length && BinaryPrimitives.ReadInt32LittleEndian(rows[length..]) is var next && length + next <= most)
        {
            length += next;
        }

        return length;
    }

    /// <summary>Appends all rows to a chain, in order of (key, id).</summary>
    /// <exception cref="ArgumentException">An id comes twice, or a row is larger than a page.</exception>
    public async ValueTask WriteAsync(ChainWriter writer, CancellationToken cancellationToken)
    {
        var order = ArrayPool<int>.Shared.Rent(Math.Max(Count, 1));
        KeySort.Sort(_keys.Span, order.AsSpan(0, Count));
        SortEqualKeys(order.AsSpan(0, Count));
        await writer.AppendAsync(this, order.AsMemory(0, Count), cancellationToken);
        ArrayPool<int>.Shared.Return(order);
    }

    public void Clear()
    {
        _bytes.Clear();
        _starts.Clear();
        _keys.Clear();
        _hashes.Clear();
    }

    public void Dispose()
    {
        _bytes.Dispose();
        _starts.Dispose();
        _keys.Dispose();
        _hashes.Dispose();
    }

    /// <summary>One of the rows of <see cref="Bytes"/>.</summary>
    internal ReadOnlySpan<byte> BytesOf(int row) => _bytes.Span[_starts[row]..(row + 1 < _starts.Count ? _starts[row + 1] : _bytes.Count)];

    internal ulong KeyOf(int row) => _keys[row];

    internal ulong HashOf(int row) => _hashes[row];

    /// <summary>Stages the cells of a row.</summary>
    /// <param name="stages">A stage for each column.</param>
    /// <returns>Most bytes of them in their plainest encoding.</returns>
    internal long Stage(int row, ReadOnlySpan<ColumnStage> stages, int target)
    {
        long most = 0;
        var bytes = _bytes.Span[(_starts[row] + HeadBytes)..];
        foreach (var stage in stages)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            bytes = bytes[sizeof(int)..];
            if (length >= 0)
            {
                most += stage.Add(target, bytes[..length]);
                bytes = bytes[length..];
            }
        }

        return most;
    }

    internal ImmutableArray<(string Name, CellType Type)> Columns => _columns;

    /// <summary>Rows of one key in order of their ids.</summary>
    private void SortEqualKeys(Span<int> order)
    {
        for (var first = 0; first + 1 < order.Length; first++)
        {
            var end = first + 1;
            while (end < order.Length && _keys[order[end]] == _keys[order[first]])
            {
                end++;
            }

            if (end - first > 1)
            {
                order[first..end].Sort((a, b) => string.CompareOrdinal(IdOf(a), IdOf(b)));
                for (var i = first + 1; i < end; i++)
                {
                    if (IdOf(order[i]) == IdOf(order[i - 1]))
                    {
                        throw new ArgumentException("An id comes twice. A member has one row.", nameof(order));
                    }
                }

                first = end - 1;
            }
        }
    }

    private string IdOf(int row)
    {
        var bytes = _bytes.Span[(_starts[row] + HeadBytes)..];
        return PageText.Read(bytes.Slice(sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(bytes)))
            ?? throw new ArgumentException("An id is not UTF-8.", nameof(row));
    }
}
