using System.Collections.Concurrent;
using System.Collections.Immutable;
using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Fills pages with rows in order of (key, id). Its memory is kept from page to page.</summary>
/// <remarks>Columns are found as rows come: a column is (name, type), so one attribute may have two types in one page. Keys are checked to ascend, equal ones allowed;
/// that rows of one key ascend by id (ordinal) is the caller's part. Not thread-safe.</remarks>
/// <param name="maxRows">Most rows a page.</param>
public sealed class PageBuilder(int maxRows = 10_000)
{
    /// <summary>Builders that nobody uses: their memory is some megabytes each.</summary>
    private static readonly ConcurrentBag<PageBuilder> Idle = [];
    private const int MaxIdle = 3;

    /// <summary>Most bytes of a row in its plainest encoding: with the frame of a page it fits one.</summary>
    public const int MaxRowBytes = 700_000;

    /// <summary>Most bytes staged in their plainest encoding, however well they are packed.</summary>
    private const long MaxPlainBytes = 4 * PackedPage.MaxBytes;

    private const int FixedRowBytes = 2 * sizeof(ulong);

    private readonly PageKeys _keys = new();
    private readonly PageColumns _columns = new();
    private readonly ByteSink _body = new();
    private int _maxRows = maxRows;

    // Of the rows staged; never below what Seal will write for them. Cheap, because it takes each value in its plainest encoding.
    private long _rowBytes;

    // How many bytes are staged before a page is taken for full: learnt from how well the last page packed.
    private long _plainLimit = PackedPage.MaxBytes;

    public int RowCount => _keys.Count;

    /// <summary>The key of the last row.</summary>
    internal ulong LastKey => _keys[RowCount - 1];

    private long PlainBytes => PageHeader.FixedBytes + _columns.FrameBytes + _rowBytes;

    /// <summary>An empty builder, perhaps one that was used before.</summary>
    internal static PageBuilder Rent(int maxRows)
    {
        if (!Idle.TryTake(out var builder))
        {
            return new(maxRows);
        }

        builder._maxRows = maxRows;
        return builder;
    }

    /// <summary>Gives an empty builder back; nobody may use it any more.</summary>
    internal void Return()
    {
        if (RowCount == 0 && Idle.Count < MaxIdle)
        {
            _columns.Clear();
            _plainLimit = PackedPage.MaxBytes; // the room learnt of one chain says nothing of the next
            Idle.Add(this);
        }
    }

    /// <summary>Appends a row; false when the page is full (then seal and append again).</summary>
    /// <exception cref="ArgumentException">The row alone is larger than a page, its key is below the one before, or a name in it is longer than 65,535 bytes.</exception>
    public bool TryAppend(ulong key, ulong rowHash, Row row)
    {
        _keys.EnsureOrder(key);
        var bytes = Measure(row);
        if (!HasRoom(bytes))
        {
            return false;
        }

        foreach (var (name, cell) in row)
        {
            _columns.Of(name, cell.Type).Add(RowCount, cell);
        }

        _keys.Add(key, rowHash);
        _rowBytes += bytes;
        return true;
    }

    /// <summary>Appends rows that are stored in another page, their cells copied as they are, until this one is full.</summary>
    /// <param name="rows">Places in that page, ascending.</param>
    /// <param name="keys">Of all rows of that page.</param>
    /// <param name="rowHashes">For each of <paramref name="rows"/>.</param>
    /// <returns>How many it took.</returns>
    /// <exception cref="ArgumentException">A key is below the one before.</exception>
    internal int Append(ReadOnlySpan<CopiedColumn> columns, ReadOnlySpan<int> rows, ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> rowHashes)
    {
        long mostBytes = FixedRowBytes;
        foreach (var column in columns)
        {
            mostBytes += sizeof(int) + (long)column.Source.Values.MostBytes;
        }

        var taken = 0;
        while (taken < rows.Length && RowsWithRoom(mostBytes, rows.Length - taken) is > 0 and var count)
        {
            Copy(columns, rows.Slice(taken, count), keys, rowHashes.Slice(taken, count));
            taken += count;
        }

        return taken;
    }

    /// <summary>Appends rows that are in order but in several pages, their cells copied as they are, until this one is full.</summary>
    /// <param name="first">The first to append.</param>
    /// <returns>How many it took.</returns>
    /// <exception cref="ArgumentException">A key is below the one before.</exception>
    internal int Append(ISortedRows rows, SortedColumns columns, int first)
    {
        var mostBytes = FixedRowBytes + columns.MostBytes;
        var next = first;
        while (next < rows.Count && RowsWithRoom(mostBytes, rows.Count - next) is > 0 and var count)
        {
            Copy(rows, columns, next, count);
            next += count;
        }

        return next - first;
    }

    /// <summary>Appends rows of a buffer until the page is full.</summary>
    /// <param name="order">Places in the buffer, in order of their keys.</param>
    /// <returns>How many it took.</returns>
    /// <exception cref="ArgumentException">A key is below the one before, or a row alone is larger than a page.</exception>
    internal int Append(RowBuffer rows, ReadOnlySpan<int> order)
    {
        var stages = _columns.Of(rows.Columns);
        var taken = 0;
        while (taken < order.Length && RowsWithRoom(rows, order[taken..]) is > 0 and var count)
        {
            Stage(stages, rows, order.Slice(taken, count));
            taken += count;
        }

        return taken;
    }

    /// <summary>A stored page with other rows in some places. Keys, and so the places of all rows, stay.</summary>
    /// <param name="replacements">By place.</param>
    /// <returns>Null when that would be more than a page may hold.</returns>
    internal static PackedPage? Replace(PageReader source, IReadOnlyDictionary<int, Row> replacements)
    {
        var builder = new PageBuilder(source.Count) { _plainLimit = long.MaxValue };
        var (columns, rows) = (source.ToCopy(), Enumerable.Range(0, source.Count).ToArray());
        var next = 0;
        foreach (var (index, row) in replacements.OrderBy(replacement => replacement.Key))
        {
            builder.Append(columns, rows.AsSpan(next..index), source.Keys, source.RowHashes[next..index]);
            builder.TryAppend(source.Keys[index], rowHash: 0, row);
            next = index + 1;
        }

        builder.Append(columns, rows.AsSpan(next..), source.Keys, source.RowHashes[next..]);

        return builder.Seal(source.Number) is [var page] ? page : null;
    }

    /// <summary>Encodes what is staged, as one page or, where it packed worse than the page before, as few as hold it, and empties the builder.</summary>
    /// <param name="number">The first page's place in its chain, from 0.</param>
    /// <exception cref="InvalidOperationException">There are no rows.</exception>
    public ImmutableArray<PackedPage> Seal(int number)
    {
        if (RowCount == 0)
        {
            throw new InvalidOperationException("A page has at least one row.");
        }

        var pages = ImmutableArray.CreateBuilder<PackedPage>(1);
        Seal(pages, number, first: 0, end: RowCount);
        Learn(pages.Sum(page => (long)page.Size));
        _keys.Clear();
        _columns.NextPage();
        _rowBytes = 0;
        return pages.DrainToImmutable();
    }

    /// <summary>Seals rows of the builder as a page behind those at hand, or as two halves when it is too large.</summary>
    private void Seal(ImmutableArray<PackedPage>.Builder pages, int number, int first, int end)
    {
        ReadOnlySpan<byte> keys = _keys.KeyBytes(first, end), hashes = _keys.HashBytes(first, end);
        _body.Clear();
        var columns = ImmutableArray.CreateBuilder<PageHeader.Column>(_columns.Count);
        foreach (var column in _columns)
        {
            var start = _body.Length;
            if (column.Write(_body, first, end))
            {
                columns.Add(new(column.Name, column.Type, start, _body.Length - start, Crc32C.Of(_body.Written[start..])));
            }
        }

        var header = new PageHeader
        {
            RowCount = end - first,
            Range = new(_keys[first], _keys[end - 1]),
            Content = PageContent.Of(keys, hashes),
            KeysChecksum = Crc32C.Of(keys),
            HashesChecksum = Crc32C.Of(hashes),
            Columns = columns.DrainToImmutable(),
        }.Write();
        if (header.Length + keys.Length + hashes.Length + _body.Length > PackedPage.MaxBytes && end - first > 1)
        {
            var middle = first + ((end - first) / 2);
            Seal(pages, number, first, middle);
            Seal(pages, number, middle, end);
            return;
        }

        pages.Add(PackedPage.Rent(number + pages.Count, header, keys, hashes, _body.Written));
    }

    private void Learn(long packed)
    {
        var room = PackedPage.MaxBytes * 0.95;
        _plainLimit = Math.Clamp((long)(PlainBytes * room / packed), PackedPage.MaxBytes, MaxPlainBytes);
    }

    private bool HasRoom(long bytes) => RowCount < _maxRows && (RowCount == 0 || PlainBytes + bytes + PresenceBytes(1) <= _plainLimit);

    /// <summary>Bytes of the presence of all columns when so many rows come to those at hand.</summary>
    private long PresenceBytes(int rows) => (long)_columns.Count * Bits.Size(RowCount + rows);

    /// <summary>How many rows of another page, of so many bytes at most each, may be appended at once; 0 when this one is full.</summary>
    private int RowsWithRoom(long mostBytes, int wanted)
    {
        var most = Math.Min(Math.Min(wanted, _maxRows - RowCount), ColumnStage.MostRows);
        var room = Math.Max(0, _plainLimit - PlainBytes - PresenceBytes(most));
        var fitting = (int)Math.Min(most, room / mostBytes);

        // They may be smaller than that: row by row until the page is full indeed.
        return fitting > 0 ? fitting : HasRoom(0) ? 1 : 0;
    }

    /// <summary>How many rows of a buffer may be appended at once; 0 when the page is full.</summary>
    private int RowsWithRoom(RowBuffer rows, ReadOnlySpan<int> order)
    {
        var most = Math.Min(Math.Min(order.Length, _maxRows - RowCount), ColumnStage.MostRows);
        if (most > 0 && RowCount == 0)
        {
            EnsureFits(rows.MostBytesOf(order[0]));
        }

        var fitting = rows.CountWithin(order[..most], _plainLimit - PlainBytes - PresenceBytes(most));
        return RowCount == 0 ? Math.Max(fitting, Math.Min(most, 1)) : fitting;
    }

    private void Copy(ReadOnlySpan<CopiedColumn> columns, ReadOnlySpan<int> rows, ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> rowHashes)
    {
        var first = RowCount;
        _keys.Reserve(rows.Length, out var newKeys, out var newHashes);
        for (var i = 0; i < rows.Length; i++)
        {
            newKeys[i] = keys[rows[i]];
        }

        rowHashes.CopyTo(newHashes);
        _keys.EnsureOrder(first);
        _rowBytes += (long)FixedRowBytes * rows.Length;
        foreach (var column in columns)
        {
            _rowBytes += _columns.Of(column).Copy(first, column.Source, rows);
        }
    }

    private void Copy(ISortedRows rows, SortedColumns columns, int next, int count)
    {
        var first = RowCount;
        _keys.Reserve(count, out var newKeys, out var newHashes);
        rows.Keys.Slice(next, count).CopyTo(newKeys);
        rows.RowHashes.Slice(next, count).CopyTo(newHashes);
        _keys.EnsureOrder(first);
        _rowBytes += (long)FixedRowBytes * count;
        var (sources, places) = (new StoredColumn?[count][], new int[count]);
        for (var i = 0; i < count; i++)
        {
            var row = rows[next + i];
            (sources[i], places[i]) = (columns.Of(row.Page), row.Index);
        }

        foreach (var (column, (name, type)) in columns.Columns.Index())
        {
            _rowBytes += _columns.Of(name, type).Copy(first, sources, column, places);
        }
    }

    private void Stage(ReadOnlySpan<ColumnStage> stages, RowBuffer rows, ReadOnlySpan<int> order)
    {
        var first = RowCount;
        Span<int> cells = stackalloc int[ColumnStage.MostRows];
        cells = cells[..order.Length];
        _keys.Reserve(order.Length, out var newKeys, out var newHashes);
        _rowBytes += rows.Read(order, newKeys, newHashes, cells);
        _keys.EnsureOrder(first);
        foreach (var stage in stages)
        {
            stage.Add(first, rows.Bytes, cells);
        }
    }

    /// <summary>Most bytes of the row.</summary>
    /// <exception cref="ArgumentException">It is larger than a page.</exception>
    private static long Measure(Row row)
    {
        long rowBytes = FixedRowBytes;
        long columnBytes = PageHeader.FixedBytes;
        foreach (var (name, cell) in row)
        {
            rowBytes += ColumnStage.MostBytesOf(cell);
            columnBytes += PageColumns.FrameBytesOf(name);
        }

        return rowBytes + columnBytes <= MaxRowBytes
            ? rowBytes
            : throw new ArgumentException(
                $"The row takes up to {rowBytes + columnBytes} bytes; a row of a page takes at most {MaxRowBytes}. Shorten its values.", nameof(row));
    }

    /// <exception cref="ArgumentException">A page has no room for so many bytes of its first row.</exception>
    private void EnsureFits(long bytes)
    {
        if (PlainBytes + bytes + PresenceBytes(1) > PackedPage.MaxBytes)
        {
            throw new ArgumentException($"A row takes up to {PlainBytes + bytes} bytes; a page takes at most {PackedPage.MaxBytes}. Shorten its values.");
        }
    }
}
