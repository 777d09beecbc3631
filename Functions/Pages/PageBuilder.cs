using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
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
    private const int MaxIdle = 8;

    /// <summary>Most bytes of a row in its plainest encoding: with the frame of a page it fits one.</summary>
    public const int MaxRowBytes = 700_000;

    /// <summary>Most bytes staged in their plainest encoding, however well they are packed.</summary>
    private const long MaxPlainBytes = 4 * PackedPage.MaxBytes;

    private const int FixedRowBytes = 2 * sizeof(ulong);

    private readonly List<ulong> _keys = [];
    private readonly List<ulong> _hashes = [];
    private readonly List<ColumnStage> _columns = [];
    private readonly Dictionary<(string Name, CellType Type), ColumnStage> _byName = [];
    private readonly Dictionary<CellType, Stack<ColumnStage>> _spare = []; // empty ones: their memory serves the next column of their type
    private readonly ByteSink _body = new();

    // Never below what Seal will write; cheap, because it takes each value in its plainest encoding.
    private long _plainBytes = PageHeader.FixedBytes;

    private int _maxRows = maxRows;

    // Counts the pages sealed: columns found for one are not those of the next.
    private int _sealed;

    // The stages of the columns of the buffer that rows come from.
    private ColumnStage[] _stages = [];
    private (ImmutableArray<(string Name, CellType Type)> Columns, int Page) _stagesOf;

    // How many of them are staged before a page is taken for full: learnt from how well the last page packed.
    private long _plainLimit = PackedPage.MaxBytes;

    public int RowCount => _keys.Count;

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
            // Neither the columns nor the room learnt of one chain say anything of the next.
            foreach (var column in _columns)
            {
                Spare(column);
            }

            _columns.Clear();
            _byName.Clear();
            (_plainBytes, _plainLimit, _stages, _stagesOf) = (PageHeader.FixedBytes, PackedPage.MaxBytes, [], default);
            Idle.Add(this);
        }
    }

    /// <summary>Appends a row; false when the page is full (then seal and append again).</summary>
    /// <exception cref="ArgumentException">The row alone is larger than a page, its key is below the one before, or a name in it is longer than 65,535 bytes.</exception>
    public bool TryAppend(ulong key, ulong rowHash, Row row)
    {
        CheckOrder(key);
        var bytes = Measure(row);
        if (!HasRoom(bytes))
        {
            return false;
        }

        foreach (var (name, cell) in row)
        {
            Stage(name, cell.Type).Add(RowCount, cell);
        }

        Count(key, rowHash, bytes);
        return true;
    }

    /// <summary>Appends a row that is stored in other pages, its cells copied as they are.</summary>
    /// <exception cref="ArgumentException">The key is below the one before.</exception>
    internal bool TryAppend(ulong key, ulong rowHash, int index, ReadOnlySpan<CopiedColumn> columns)
    {
        CheckOrder(key);
        if (!HasRoom(0))
        {
            return false;
        }

        long bytes = FixedRowBytes;
        foreach (var column in columns)
        {
            if (column.Source.IndexOf(index) is >= 0 and var at)
            {
                bytes += Stage(column).Copy(RowCount, column.Source.Values, at);
            }
        }

        Count(key, rowHash, bytes);
        return true;
    }

    /// <summary>Appends a row of a buffer.</summary>
    /// <exception cref="ArgumentException">The key is below the one before, or the row alone is larger than a page.</exception>
    internal bool TryAppend(RowBuffer rows, int row)
    {
        CheckOrder(rows.KeyOf(row));
        if (!HasRoom(0))
        {
            return false;
        }

        if (_stagesOf != (rows.Columns, _sealed))
        {
            _stages = [.. rows.Columns.Select(column => Stage(column.Name, column.Type))];
            _stagesOf = (rows.Columns, _sealed);
        }

        Count(rows.KeyOf(row), rows.HashOf(row), FixedRowBytes + rows.Stage(row, _stages, RowCount));
        return true;
    }

    /// <summary>A stored page with other rows in some places. Keys, and so the places of all rows, stay.</summary>
    /// <param name="replacements">By place.</param>
    /// <returns>Null when that would be more than a page may hold.</returns>
    internal static PackedPage? Replace(PageReader source, IReadOnlyDictionary<int, Row> replacements)
    {
        var builder = new PageBuilder(source.Count) { _plainLimit = long.MaxValue };
        var columns = source.ToCopy();
        for (var index = 0; index < source.Count; index++)
        {
            _ = replacements.TryGetValue(index, out var row)
                ? builder.TryAppend(source.Keys[index], rowHash: 0, row)
                : builder.TryAppend(source.Keys[index], source.RowHashes[index], index, columns);
        }

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
        Clear();
        return pages.DrainToImmutable();
    }

    /// <summary>Seals rows of the builder as a page behind those at hand, or as two halves when it is too large.</summary>
    private void Seal(ImmutableArray<PackedPage>.Builder pages, int number, int first, int end)
    {
        var keys = BytesOf(_keys, first, end);
        var hashes = BytesOf(_hashes, first, end);
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
        _plainLimit = Math.Clamp((long)(_plainBytes * room / packed), PackedPage.MaxBytes, MaxPlainBytes);
    }

    private void Clear()
    {
        _keys.Clear();
        _hashes.Clear();
        for (var i = _columns.Count - 1; i >= 0; i--)
        {
            // A name that a page did not have may never come again: it takes no memory longer than a page.
            if (_columns[i].IsEmpty)
            {
                _byName.Remove((_columns[i].Name, _columns[i].Type));
                Spare(_columns[i]);
                _columns.RemoveAt(i);
            }
            else
            {
                _columns[i].Clear();
            }
        }

        _plainBytes = PageHeader.FixedBytes + _columns.Sum(FrameBytes);
        _sealed++;
    }

    private void CheckOrder(ulong key)
    {
        if (RowCount > 0 && key < _keys[^1])
        {
            throw new ArgumentException($"The key {key:x16} is below the one before, {_keys[^1]:x16}. Rows come in order of their keys.", nameof(key));
        }
    }

    private bool HasRoom(long bytes) =>
        RowCount < _maxRows && (RowCount == 0 || _plainBytes + bytes + ((long)_columns.Count * Bits.Size(RowCount + 1)) <= _plainLimit);

    private void Count(ulong key, ulong rowHash, long bytes)
    {
        _keys.Add(key);
        _hashes.Add(rowHash);
        _plainBytes += bytes;
    }

    /// <summary>Most bytes of the row.</summary>
    private static long Measure(Row row)
    {
        long rowBytes = FixedRowBytes;
        long columnBytes = PageHeader.FixedBytes;
        foreach (var (name, cell) in row)
        {
            rowBytes += ColumnStage.MostBytesOf(cell);
            columnBytes += PageHeader.ColumnBytes + ColumnStage.MostBytesOfFrame + NameBytes(name);
        }

        return rowBytes + columnBytes <= MaxRowBytes
            ? rowBytes
            : throw new ArgumentException(
                $"The row takes up to {rowBytes + columnBytes} bytes; a row of a page takes at most {MaxRowBytes}. Shorten its values.", nameof(row));
    }

    private ColumnStage Stage(CopiedColumn column)
    {
        if (column.Target is not { } target || column.TargetPage != (this, _sealed))
        {
            column.Target = target = Stage(column.Name, column.Source.Type);
            column.TargetPage = (this, _sealed);
        }

        return target;
    }

    private ColumnStage Stage(string name, CellType type)
    {
        if (!_byName.TryGetValue((name, type), out var column))
        {
            column = _spare.TryGetValue(type, out var spare) && spare.TryPop(out var used) ? used : ColumnStage.For(type);
            column.Name = name;
            _columns.Add(column);
            _byName.Add((name, type), column);
            _plainBytes += FrameBytes(column);
        }

        return column;
    }

    private void Spare(ColumnStage column)
    {
        if (!_spare.TryGetValue(column.Type, out var spare))
        {
            _spare.Add(column.Type, spare = []);
        }

        spare.Push(column);
    }

    private static long FrameBytes(ColumnStage column) => PageHeader.ColumnBytes + ColumnStage.MostBytesOfFrame + NameBytes(column.Name);

    private static int NameBytes(string name)
    {
        var bytes = PageText.ByteCount(name);
        return bytes <= ushort.MaxValue
            ? bytes
            : throw new ArgumentException($"The name of a column takes {bytes} bytes; it may take at most {ushort.MaxValue}.", nameof(name));
    }

    private static ReadOnlySpan<byte> BytesOf(List<ulong> values, int first, int end)
    {
        var numbers = CollectionsMarshal.AsSpan(values)[first..end];
        if (BitConverter.IsLittleEndian)
        {
            return MemoryMarshal.AsBytes(numbers);
        }

        var reversed = new ulong[numbers.Length];
        BinaryPrimitives.ReverseEndianness(numbers, reversed);
        return MemoryMarshal.AsBytes(reversed.AsSpan());
    }
}
