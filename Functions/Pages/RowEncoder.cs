using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Puts rows of one schema into bytes, one at a time, hashing as it goes: <see cref="RowBuffer"/> reads them.</summary>
/// <remarks>
/// A row is <see cref="Begin"/>, a value or none for each column in order, and <see cref="End"/>.
/// Its bytes: their number (4), key (8), hash (8), then a <see cref="RowCell"/> for each column. Not thread-safe.
/// </remarks>
internal sealed class RowEncoder
{
    /// <summary>Bytes before the cells.</summary>
    public const int HeadBytes = HashOffset + sizeof(ulong);

    private const int KeyOffset = sizeof(int);
    private const int HashOffset = KeyOffset + sizeof(ulong);
    private const int IdColumn = 0;

    private readonly MemberHasher _hasher;
    private readonly CellHasher[] _cellHashers;
    private byte[] _bytes = new byte[1024];
    private int _length;
    private ulong _sum;
    private int _column;

    /// <param name="columns">As <see cref="RowBuffer"/> takes them.</param>
    public RowEncoder(MemberHasher hasher, ImmutableArray<(string Name, CellType Type)> columns)
    {
        RowBuffer.Check(columns);
        _hasher = hasher;
        _cellHashers = [.. columns.Select(column => hasher.OfCells(column.Name, column.Type))];
    }

    /// <summary>The key of the row at hand.</summary>
    public ulong Key { get; private set; }

    /// <summary>Begins a row.</summary>
    /// <param name="id">The profile's id in UTF-8, at least a byte.</param>
    public void Begin(ReadOnlySpan<byte> id)
    {
        Key = _hasher.Key(id);
        (_length, _sum, _column) = (HeadBytes, 0, IdColumn);
        AddText(id);
    }

    /// <summary>The next column's text, or bytes.</summary>
    public void AddText(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Reserve(text.Length));
        _sum += _cellHashers[_column++].OfText(text);
    }

    /// <summary>The next column's integer, UTC ticks, number of a day, or flag as 0 or 1.</summary>
    public void AddInteger(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Reserve(sizeof(long)), value);
        _sum += _cellHashers[_column++].OfInteger(value);
    }

    public void AddDecimal(decimal value)
    {
        MemoryMarshal.Write(Reserve(sizeof(decimal)), in value);
        _sum += _cellHashers[_column++].OfDecimal(value);
    }

    /// <summary>The next column's list.</summary>
    /// <remarks>Each item is its length (4) and its bytes.</remarks>
    public void AddTexts(ImmutableArray<string> texts)
    {
        var rest = Reserve(texts.Sum(text => sizeof(int) + PageText.ByteCount(text)));
        var hash = _cellHashers[_column].BeginList(texts.Length);
        foreach (var text in texts)
        {
            var length = PageText.Write(text, rest[sizeof(int)..]);
            BinaryPrimitives.WriteInt32LittleEndian(rest, length);
            hash = CellHasher.AddItem(hash, rest.Slice(sizeof(int), length));
            rest = rest[(sizeof(int) + length)..];
        }

        _sum += hash;
        _column++;
    }

    /// <summary>The next column has no value.</summary>
    public void AddNothing()
    {
        _length += RowCell.WriteNone(Room(1));
        _column++;
    }

    /// <summary>Ends a row and gives its bytes, which are valid until the next begins.</summary>
    /// <exception cref="InvalidOperationException">It has more or fewer values than there are columns.</exception>
    /// <exception cref="ArgumentException">It is larger than a page.</exception>
    public ReadOnlyMemory<byte> End()
    {
        if (_column != _cellHashers.Length)
        {
            throw new InvalidOperationException($"A row has {_column} values for {_cellHashers.Length} columns.");
        }

        if (_length > PageBuilder.MaxRowBytes)
        {
            throw new ArgumentException($"A row takes {_length} bytes; a row of a page takes at most {PageBuilder.MaxRowBytes}. Shorten its values.");
        }

        BinaryPrimitives.WriteInt32LittleEndian(_bytes, _length);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(KeyOffset), Key);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(HashOffset), _hasher.Finish(_sum));
        return _bytes.AsMemory(0, _length);
    }

    public static int LengthOf(ReadOnlySpan<byte> row) => BinaryPrimitives.ReadInt32LittleEndian(row);

    public static ulong KeyOf(ReadOnlySpan<byte> row) => BinaryPrimitives.ReadUInt64LittleEndian(row[KeyOffset..]);

    public static ulong HashOf(ReadOnlySpan<byte> row) => BinaryPrimitives.ReadUInt64LittleEndian(row[HashOffset..]);

    /// <summary>Room for the next value, behind its length.</summary>
    private Span<byte> Reserve(int length)
    {
        var room = Room(RowCell.MaxHeadBytes + length);
        var head = RowCell.WriteLength(room, length);
        _length += head + length;
        return room.Slice(head, length);
    }

    private Span<byte> Room(int bytes)
    {
        if (_length + bytes > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_length + bytes, 2 * _bytes.Length));
        }

        return _bytes.AsSpan(_length);
    }
}
