using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Fills pages with rows in order of (key, id).</summary>
/// <remarks>Columns are found as rows come: a column is (name, type), so one attribute may have two types in one page. Keys are checked to ascend, equal ones allowed;
/// that rows of one key ascend by id (ordinal) is the caller's part. Not thread-safe.</remarks>
/// <param name="maxRows">Most rows a page; a page is also full when the next row could pass <see cref="PackedPage.MaxBytes"/>.</param>
public sealed class PageBuilder(int maxRows = 10_000)
{
    /// <summary>Most bytes of a row in its plainest encoding: with the frame of a page it fits one.</summary>
    public const int MaxRowBytes = 700_000;

    private const int FixedRowBytes = 2 * sizeof(ulong);

    private readonly List<ulong> _keys = [];
    private readonly List<ulong> _hashes = [];
    private readonly List<PageColumn> _columns = [];
    private readonly Dictionary<(string Name, CellType Type), PageColumn> _byName = [];

    // Never below what Seal will write; cheap, because it takes each value in its plainest encoding.
    private long _mostBytes = PageHeader.FixedBytes;

    public int RowCount => _keys.Count;

    /// <summary>Appends a row; false when the page is full (then seal and append again).</summary>
    /// <exception cref="ArgumentException">The row alone is larger than a page, its key is below the one before, or a name in it is longer than 65,535 bytes.</exception>
    public bool TryAppend(ulong key, ulong rowHash, Row row)
    {
        if (RowCount > 0 && key < _keys[^1])
        {
            throw new ArgumentException($"The key {key:x16} is below the one before, {_keys[^1]:x16}. Rows come in order of their keys.", nameof(key));
        }

        var (rowBytes, newColumnBytes) = Measure(row);
        if (RowCount >= maxRows || !Fits(row, rowBytes, newColumnBytes))
        {
            return false;
        }

        foreach (var (name, cell) in row)
        {
            Column(name, cell.Type).Add(RowCount, cell);
        }

        _keys.Add(key);
        _hashes.Add(rowHash);
        _mostBytes += rowBytes + newColumnBytes;
        return true;
    }

    /// <summary>Encodes the page and empties the builder for the next.</summary>
    /// <param name="number">The page's place in its chain, from 0.</param>
    /// <exception cref="InvalidOperationException">There are no rows.</exception>
    public PackedPage Seal(int number)
    {
        if (RowCount == 0)
        {
            throw new InvalidOperationException("A page has at least one row.");
        }

        var (keys, hashes) = (ToBytes(_keys), ToBytes(_hashes));
        var body = new ByteSink();
        var columns = new List<PageHeader.Column>(_columns.Count);
        foreach (var column in _columns)
        {
            var start = body.Length;
            column.Write(body, RowCount);
            columns.Add(new(column.Name, column.Type, start, body.Length - start, Crc32C.Of(body.Written[start..])));
        }

        var header = new PageHeader
        {
            RowCount = RowCount,
            Range = new(_keys[0], _keys[^1]),
            KeysChecksum = Crc32C.Of(keys),
            HashesChecksum = Crc32C.Of(hashes),
            Columns = [.. columns],
        };
        var page = new PackedPage(number, header.Write(), keys, hashes, body.ToArray());
        Clear();
        return page;
    }

    private void Clear()
    {
        _keys.Clear();
        _hashes.Clear();
        _columns.Clear();
        _byName.Clear();
        _mostBytes = PageHeader.FixedBytes;
    }

    /// <summary>Most bytes of the row, and of the columns that it would bring.</summary>
    private (long Row, long NewColumns) Measure(Row row)
    {
        long rowBytes = FixedRowBytes;
        long newColumns = 0;
        long allColumns = PageHeader.FixedBytes;
        foreach (var (name, cell) in row)
        {
            var columnBytes = PageHeader.ColumnBytes + ColumnBuilder.MostBytesOfFrame + NameBytes(name);
            rowBytes += ColumnBuilder.MostBytesOf(cell);
            newColumns += _byName.ContainsKey((name, cell.Type)) ? 0 : columnBytes;
            allColumns += columnBytes;
        }

        return rowBytes + allColumns <= MaxRowBytes
            ? (rowBytes, newColumns)
            : throw new ArgumentException(
                $"The row takes up to {rowBytes + allColumns} bytes; a row of a page takes at most {MaxRowBytes}. Shorten its values.", nameof(row));
    }

    private bool Fits(Row row, long rowBytes, long newColumnBytes)
    {
        var presenceBytes = (long)(_columns.Count + row.Count) * Bits.Size(RowCount + 1);
        return _mostBytes + rowBytes + newColumnBytes + presenceBytes <= PackedPage.MaxBytes
            || (RowCount > 0 && ExactBytes(row) + newColumnBytes + presenceBytes <= PackedPage.MaxBytes);
    }

    /// <summary>Bytes of the page with the row in it, but for presence and the frames of new columns.</summary>
    private long ExactBytes(Row row)
    {
        long bytes = PageHeader.FixedBytes + ((RowCount + 1L) * FixedRowBytes);
        foreach (var column in _columns)
        {
            bytes += PageHeader.ColumnBytes + NameBytes(column.Name) + 1 + column.Values.Size;
        }

        foreach (var (name, cell) in row)
        {
            bytes += _byName.TryGetValue((name, cell.Type), out var column)
                ? column.Values.SizeWith(cell) - column.Values.Size
                : ColumnBuilder.MostBytesOf(cell);
        }

        return bytes;
    }

    private PageColumn Column(string name, CellType type)
    {
        if (!_byName.TryGetValue((name, type), out var column))
        {
            column = new(name, type);
            _columns.Add(column);
            _byName.Add((name, type), column);
        }

        return column;
    }

    private static int NameBytes(string name)
    {
        var bytes = PageText.ByteCount(name);
        return bytes <= ushort.MaxValue
            ? bytes
            : throw new ArgumentException($"The name of a column takes {bytes} bytes; it may take at most {ushort.MaxValue}.", nameof(name));
    }

    private static byte[] ToBytes(List<ulong> values)
    {
        var bytes = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(values)).ToArray();
        if (!BitConverter.IsLittleEndian)
        {
            var numbers = MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan());
            BinaryPrimitives.ReverseEndianness(numbers, numbers);
        }

        return bytes;
    }
}
