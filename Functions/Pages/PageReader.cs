using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Reads one page. A column is decoded when it is first asked for; checksums are verified before that.</summary>
/// <remarks>Several threads may read one page.</remarks>
public sealed class PageReader : ISortedRows
{
    private readonly PageHeader _header;
    private readonly IPageBytes _bytes;
    private readonly bool _hasBody;
    private readonly StoredColumn?[] _columns;
    private readonly Dictionary<string, ColumnReader> _readers = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private ReadOnlyMemory<byte>? _keys;
    private ReadOnlyMemory<byte>? _hashes;
    private StoredColumn? _ids;

    private PageReader(int number, string name, PageHeader header, IPageBytes bytes, bool hasBody)
    {
        (Number, Name, _header, _bytes) = (number, name, header, bytes);
        _hasBody = hasBody || header.Columns.IsEmpty;
        _columns = new StoredColumn?[header.Columns.Length];
    }

    public int Count => _header.RowCount;

    public int Number { get; }

    /// <summary>Names the page in errors.</summary>
    public string Name { get; }

    /// <summary>First and last key.</summary>
    public KeyRange Range => _header.Range;

    /// <summary>Ascending; equal keys stand together.</summary>
    /// <exception cref="DamagedPageException"/>
    public ReadOnlySpan<ulong> Keys => MemoryMarshal.Cast<byte, ulong>((_keys ??= ReadKeys()).Span);

    /// <exception cref="DamagedPageException"/>
    public ReadOnlySpan<ulong> RowHashes => MemoryMarshal.Cast<byte, ulong>((_hashes ??= ReadFixed(PagePart.Hashes, _header.HashesChecksum, "row hashes")).Span);

    RowRef ISortedRows.this[int index] => new(this, index);

    IReadOnlyList<PageReader> ISortedRows.Pages => [this];

    /// <summary>The profile ids; null when the page has none.</summary>
    internal StoredColumn? Ids => _ids ??= Find(MergeJoin.IdColumn) is { Columns: [{ Type: CellType.Text } column] } ? column : null;

    /// <summary>The columns of the page; one name may come with several types.</summary>
    public ImmutableArray<(string Name, CellType Type)> Columns => [.. _header.Columns.Select(column => (column.Name, column.Type))];

    /// <summary>Opens a page whole, or its keys and row hashes alone when its body is empty.</summary>
    /// <param name="name">Names the page in errors.</param>
    /// <exception cref="DamagedPageException"/>
    public static PageReader Open(PackedPage page, string name) =>
        Open(page, name, page.Body.IsEmpty ? PageParts.KeysAndHashes : PageParts.Whole);

    /// <summary>Opens a page of which these parts must be there, and checks them all: <see cref="PageParts.Whole"/> does not take a page whose body was lost.</summary>
    /// <param name="name">Names the page in errors.</param>
    /// <exception cref="DamagedPageException"/>
    public static PageReader Open(PackedPage page, string name, PageParts parts)
    {
        var header = PageHeader.Read(page.Header.Span, name);
        var reader = new PageReader(page.Number, name, header, new HeldBytes(page), hasBody: parts is PageParts.Whole);
        _ = reader.Keys;
        _ = reader.RowHashes;
        if (page.Keys.Length != header.RowCount * sizeof(ulong) || page.Hashes.Length != header.RowCount * sizeof(ulong))
        {
            throw DamagedPageException.Of(name, "is damaged: it has more keys or row hashes than rows");
        }

        if (parts is PageParts.Whole)
        {
            reader.CheckBody(page.Body.Length);
        }

        return reader;
    }

    /// <summary>Opens a page that reads its parts, and checks them, as they are asked for.</summary>
    /// <param name="name">Names the page in errors.</param>
    /// <exception cref="DamagedPageException">Its header is damaged.</exception>
    public static PageReader Open(int number, ReadOnlySpan<byte> header, IPageBytes bytes, string name) =>
        new(number, name, PageHeader.Read(header, name), bytes, hasBody: true);

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

            var columns = ImmutableArray.CreateBuilder<StoredColumn>(1);
            for (var i = 0; i < _columns.Length; i++)
            {
                if (_header.Columns[i].Name == name)
                {
                    columns.Add(Load(i));
                }
            }

            return columns.Count == 0 ? null : _readers[name] = new(columns.DrainToImmutable());
        }
    }

    /// <summary>All cells of one row.</summary>
    /// <exception cref="InvalidOperationException">The page was opened with keys and row hashes alone.</exception>
    /// <exception cref="DamagedPageException"/>
    public Row ReadRow(int index) => ReadRow(index, names: null);

    /// <summary>As <see cref="ReadRow(int)"/>, of these columns alone.</summary>
    /// <param name="names">Null for all.</param>
    internal Row ReadRow(int index, IReadOnlySet<string>? names)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var row = new Row(names?.Count ?? _columns.Length);
        lock (_lock)
        {
            for (var i = 0; i < _columns.Length; i++)
            {
                if (names?.Contains(_header.Columns[i].Name) is not false && Load(i)[index] is { IsAbsent: false } cell)
                {
                    // Of the columns of one name one alone has a value in a row.
                    row.Add(_header.Columns[i].Name, cell);
                }
            }
        }

        return row;
    }

    /// <summary>Gives the page's memory back; nothing of it may be read any more. A page that is never disposed of is collected like any other.</summary>
    public void Dispose() => _bytes.Dispose();

    /// <summary>Whether both pages hold the same rows, judged by their headers alone.</summary>
    internal bool HasContentOf(PageReader other) =>
        _header.RowCount == other._header.RowCount && _header.Range == other._header.Range && _header.Content == other._header.Content;

    /// <summary>The columns of these names for <see cref="PageBuilder"/>; all when there are none.</summary>
    internal CopiedColumn[] ToCopy(IReadOnlyCollection<string>? names = null)
    {
        var columns = new List<CopiedColumn>();
        lock (_lock)
        {
            for (var i = 0; i < _columns.Length; i++)
            {
                if (names?.Contains(_header.Columns[i].Name) is not false)
                {
                    columns.Add(new(_header.Columns[i].Name, Load(i)));
                }
            }
        }

        return [.. columns];
    }

    private StoredColumn Load(int index)
    {
        if (_columns[index] is { } loaded)
        {
            return loaded;
        }

        var column = _header.Columns[index];
        if (!_hasBody)
        {
            throw new InvalidOperationException(
                $"Page {Name} was opened with its keys and row hashes alone, so its column '{column.Name}' cannot be read. Read the whole page.");
        }

        return _columns[index] = new(ReadChecked(column), column.Type, Count, new(Name, column.Name));
    }

    private ReadOnlyMemory<byte> ReadChecked(PageHeader.Column column)
    {
        var bytes = _bytes.Read(PagePart.Body, column.Offset, column.Length);
        return bytes.Length == column.Length && Crc32C.Of(bytes.Span) == column.Checksum
            ? bytes
            : throw DamagedPageException.Of(Name, $"is damaged: the checksum of its column '{column.Name}' does not match");
    }

    private void CheckBody(int length)
    {
        var expected = _header.Columns.IsEmpty ? 0 : _header.Columns[^1].Offset + _header.Columns[^1].Length;
        if (length != expected)
        {
            throw DamagedPageException.Of(Name, $"is damaged: its body has {length} bytes instead of {expected}");
        }

        foreach (var column in _header.Columns)
        {
            ReadChecked(column);
        }
    }

    private ReadOnlyMemory<byte> ReadFixed(PagePart part, uint checksum, string what)
    {
        var bytes = _bytes.Read(part, 0, Count * sizeof(ulong));
        if (bytes.Length != Count * sizeof(ulong))
        {
            throw DamagedPageException.Of(Name, $"is damaged: its {what} have {bytes.Length} bytes for {Count} rows");
        }

        return Crc32C.Of(bytes.Span) == checksum ? Native(bytes) : throw DamagedPageException.Of(Name, $"is damaged: the checksum of its {what} does not match");
    }

    private ReadOnlyMemory<byte> ReadKeys()
    {
        var bytes = ReadFixed(PagePart.Keys, _header.KeysChecksum, "keys");
        var keys = MemoryMarshal.Cast<byte, ulong>(bytes.Span);
        if (FirstOutOfOrder(keys) is > 0 and var row)
        {
            throw DamagedPageException.Of(Name, $"is damaged: the key of row {row} is below the one before");
        }

        return keys[0] == Range.First && keys[^1] == Range.Last
            ? bytes
            : throw DamagedPageException.Of(Name, "is damaged: its keys are not those its header states");
    }

    /// <summary>The first row whose key is below the one before; 0 when there is none.</summary>
    private static int FirstOutOfOrder(ReadOnlySpan<ulong> keys)
    {
        var row = 1;
        for (; row <= keys.Length - Vector256<ulong>.Count; row += Vector256<ulong>.Count)
        {
            if (Vector256.LessThanAny(Vector256.Create(keys[row..]), Vector256.Create(keys[(row - 1)..])))
            {
                break;
            }
        }

        for (; row < keys.Length; row++)
        {
            if (keys[row] < keys[row - 1])
            {
                return row;
            }
        }

        return 0;
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

    /// <summary>A page in memory.</summary>
    private sealed class HeldBytes(PackedPage page) : IPageBytes
    {
        public ReadOnlyMemory<byte> Read(PagePart part, int offset, int length)
        {
            var bytes = part switch
            {
                PagePart.Keys => page.Keys,
                PagePart.Hashes => page.Hashes,
                _ => page.Body,
            };
            return offset >= bytes.Length ? default : bytes.Slice(offset, Math.Min(length, bytes.Length - offset));
        }

        public void Dispose()
        {
        }
    }
}
