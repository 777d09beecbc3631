using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Reads one page. Opening checks format and checksums of the parts at hand; a column is decoded when it is first asked for.</summary>
/// <remarks>Several threads may read one page.</remarks>
public sealed class PageReader
{
    private readonly PageHeader _header;
    private readonly ReadOnlyMemory<byte> _keys;
    private readonly ReadOnlyMemory<byte> _hashes;
    private readonly ReadOnlyMemory<byte>? _body;
    private readonly StoredColumn?[] _columns;
    private readonly Dictionary<string, ColumnReader> _readers = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    private PageReader(PackedPage page, string name, PageHeader header, bool hasBody)
    {
        (Number, Name, _header) = (page.Number, name, header);
        _keys = Native(page.Keys);
        _hashes = Native(page.Hashes);
        _body = hasBody ? page.Body : default(ReadOnlyMemory<byte>?);
        _columns = new StoredColumn?[header.Columns.Length];
    }

    public int Count => _header.RowCount;

    public int Number { get; }

    /// <summary>Names the page in errors.</summary>
    public string Name { get; }

    /// <summary>First and last key.</summary>
    public KeyRange Range => _header.Range;

    /// <summary>Ascending; equal keys stand together.</summary>
    public ReadOnlySpan<ulong> Keys => MemoryMarshal.Cast<byte, ulong>(_keys.Span);

    public ReadOnlySpan<ulong> RowHashes => MemoryMarshal.Cast<byte, ulong>(_hashes.Span);

    /// <summary>The columns of the page; one name may come with several types.</summary>
    public ImmutableArray<(string Name, CellType Type)> Columns => [.. _header.Columns.Select(column => (column.Name, column.Type))];

    /// <summary>Opens a page whole, or its keys and row hashes alone when its body is empty.</summary>
    /// <param name="name">Names the page in errors.</param>
    /// <exception cref="DamagedPageException"/>
    public static PageReader Open(PackedPage page, string name) =>
        Open(page, name, page.Body.IsEmpty ? PageParts.KeysAndHashes : PageParts.Whole);

    /// <summary>Opens a page of which these parts must be there: <see cref="PageParts.Whole"/> does not take a page whose body was lost.</summary>
    /// <param name="name">Names the page in errors.</param>
    /// <exception cref="DamagedPageException"/>
    public static PageReader Open(PackedPage page, string name, PageParts parts)
    {
        var header = PageHeader.Read(page.Header.Span, name);
        CheckFixed(page.Keys.Span, header.KeysChecksum, header.RowCount, "keys", name);
        CheckFixed(page.Hashes.Span, header.HashesChecksum, header.RowCount, "row hashes", name);
        if (parts is PageParts.Whole)
        {
            CheckBody(page.Body.Span, header, name);
        }

        var reader = new PageReader(page, name, header, hasBody: parts is PageParts.Whole || header.Columns.IsEmpty);
        reader.CheckOrder();
        return reader;
    }

    /// <summary>The cells of one name, whatever their types; null when the page has no such column. Reads no other column.</summary>
    /// <exception cref="InvalidOperationException">The page was opened with keys and row hashes alone.</exception>
    /// <exception cref="DamagedPageException"/>
    public ColumnReader? Find(string name)
    {
        lock (_lock)
        {
            if (_readers.TryGetValue(name, out var reader))
            {
                return reader;
            }

            var indexes = Enumerable.Range(0, _columns.Length).Where(index => _header.Columns[index].Name == name).ToList();
            return indexes.Count == 0 ? null : _readers[name] = new([.. indexes.Select(Load)]);
        }
    }

    /// <summary>All cells of one row.</summary>
    /// <exception cref="InvalidOperationException">The page was opened with keys and row hashes alone.</exception>
    /// <exception cref="DamagedPageException"/>
    public Row ReadRow(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var row = new Row();
        lock (_lock)
        {
            for (var i = 0; i < _columns.Length; i++)
            {
                if (Load(i)[index] is { IsAbsent: false } cell)
                {
                    row[_header.Columns[i].Name] = cell;
                }
            }
        }

        return row;
    }

    private StoredColumn Load(int index)
    {
        if (_columns[index] is { } loaded)
        {
            return loaded;
        }

        var column = _header.Columns[index];
        var body = _body ?? throw new InvalidOperationException(
            $"Page {Name} was opened with its keys and row hashes alone, so its column '{column.Name}' cannot be read. Read the whole page.");
        return _columns[index] = new(body.Slice(column.Offset, column.Length), column.Type, Count, new(Name, column.Name));
    }

    private static void CheckFixed(ReadOnlySpan<byte> part, uint checksum, int rowCount, string what, string page)
    {
        if (part.Length != rowCount * sizeof(ulong))
        {
            throw DamagedPageException.Of(page, $"is damaged: its {what} have {part.Length} bytes for {rowCount} rows");
        }

        if (Crc32C.Of(part) != checksum)
        {
            throw DamagedPageException.Of(page, $"is damaged: the checksum of its {what} does not match");
        }
    }

    private static void CheckBody(ReadOnlySpan<byte> body, PageHeader header, string page)
    {
        var length = header.Columns.IsEmpty ? 0 : header.Columns[^1].Offset + header.Columns[^1].Length;
        if (body.Length != length)
        {
            throw DamagedPageException.Of(page, $"is damaged: its body has {body.Length} bytes instead of {length}");
        }

        foreach (var column in header.Columns)
        {
            if (Crc32C.Of(body.Slice(column.Offset, column.Length)) != column.Checksum)
            {
                throw DamagedPageException.Of(page, $"is damaged: the checksum of its column '{column.Name}' does not match");
            }
        }
    }

    private void CheckOrder()
    {
        var keys = Keys;
        for (var i = 1; i < keys.Length; i++)
        {
            if (keys[i] < keys[i - 1])
            {
                throw DamagedPageException.Of(Name, $"is damaged: the key of row {i} is below the one before");
            }
        }

        if (keys[0] != Range.First || keys[^1] != Range.Last)
        {
            throw DamagedPageException.Of(Name, "is damaged: its keys are not those its header states");
        }
    }

    // Stored little-endian: on nearly every machine the bytes are the numbers.
    private static ReadOnlyMemory<byte> Native(ReadOnlyMemory<byte> stored)
    {
        if (BitConverter.IsLittleEndian)
        {
            return stored;
        }

        var bytes = stored.ToArray();
        var numbers = MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan());
        BinaryPrimitives.ReverseEndianness(numbers, numbers);
        return bytes;
    }
}
