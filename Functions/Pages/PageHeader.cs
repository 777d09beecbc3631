using System.Buffers.Binary;
using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>The first part of a page: what the others hold, and their checksums. All numbers little-endian.</summary>
/// <remarks>
/// Version 3: magic (4 bytes) · version (2) · number of columns (2) · rows (4) · first key (8) · last key (8) · checksum of keys (4) · of hashes (4) · content (8) ·
/// per column: type (1), length of name (2), name, length in the body (4), checksum of it (4) · checksum of all before (4).
/// Columns lie in the body one behind the other, in this order.
/// </remarks>
internal sealed record PageHeader
{
    public const ushort Version = 3;

    /// <summary>Bytes of a header without columns.</summary>
    public const int FixedBytes = ColumnsOffset + sizeof(uint);

    /// <summary>Bytes of a column, its name apart.</summary>
    public const int ColumnBytes = 11;

    private const uint Magic = 0x47_50_53_41; // "ASPG"
    private const int ColumnsOffset = 44;

    public required int RowCount { get; init; }

    public required KeyRange Range { get; init; }

    public required uint KeysChecksum { get; init; }

    public required uint HashesChecksum { get; init; }

    /// <summary>See <see cref="PageContent"/>.</summary>
    public required ulong Content { get; init; }

    public required ImmutableArray<Column> Columns { get; init; }

    /// <summary>Where a column lies in the body.</summary>
    internal sealed record Column(string Name, CellType Type, int Offset, int Length, uint Checksum);

    public byte[] Write()
    {
        var bytes = new byte[FixedBytes + Columns.Sum(column => ColumnBytes + PageText.ByteCount(column.Name))];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), checked((ushort)Columns.Length));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), RowCount);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(12), Range.First);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(20), Range.Last);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(28), KeysChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(32), HashesChecksum);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(36), Content);
        var rest = bytes.AsSpan(ColumnsOffset);
        foreach (var column in Columns)
        {
            var nameLength = PageText.Write(column.Name, rest[3..]);
            rest[0] = (byte)column.Type;
            BinaryPrimitives.WriteUInt16LittleEndian(rest[1..], checked((ushort)nameLength));
            BinaryPrimitives.WriteInt32LittleEndian(rest[(3 + nameLength)..], column.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[(7 + nameLength)..], column.Checksum);
            rest = rest[(ColumnBytes + nameLength)..];
        }

        BinaryPrimitives.WriteUInt32LittleEndian(rest, Crc32C.Of(bytes.AsSpan(..^sizeof(uint))));
        return bytes;
    }

    /// <param name="page">Names the page in errors.</param>
    /// <exception cref="DamagedPageException"/>
    public static PageHeader Read(ReadOnlySpan<byte> bytes, string page)
    {
        if (bytes.Length < FixedBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
        {
            throw DamagedPageException.Of(page, "is damaged: its header does not begin as a page's does");
        }

        // Before the checksum: another version may keep it elsewhere.
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) is var version and not Version)
        {
            throw DamagedPageException.Of(page, $"is of format version {version}; this build reads version {Version} only");
        }

        if (Crc32C.Of(bytes[..^sizeof(uint)]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]))
        {
            throw DamagedPageException.Of(page, "is damaged: the checksum of its header does not match");
        }

        var header = new PageHeader
        {
            RowCount = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
            Range = new(BinaryPrimitives.ReadUInt64LittleEndian(bytes[12..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[20..])),
            KeysChecksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes[28..]),
            HashesChecksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes[32..]),
            Content = BinaryPrimitives.ReadUInt64LittleEndian(bytes[36..]),
            Columns = ReadColumns(bytes[ColumnsOffset..^sizeof(uint)], BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]), page),
        };
        return header.RowCount is > 0 and <= PackedPage.MaxBytes
            ? header
            : throw DamagedPageException.Of(page, $"is damaged: its header claims {header.RowCount} rows");
    }

    private static ImmutableArray<Column> ReadColumns(ReadOnlySpan<byte> bytes, int count, string page)
    {
        var columns = ImmutableArray.CreateBuilder<Column>(count);
        long offset = 0;
        for (var i = 0; i < count; i++)
        {
            var nameLength = bytes.Length >= ColumnBytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[1..]) : 0;
            if (bytes.Length < ColumnBytes + nameLength
                || PageText.Read(bytes.Slice(3, nameLength)) is not { } name
                || BinaryPrimitives.ReadUInt32LittleEndian(bytes[(3 + nameLength)..]) + offset > int.MaxValue)
            {
                throw DamagedPageException.Of(page, "is damaged: its header's list of columns is broken");
            }

            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[(3 + nameLength)..]);
            columns.Add(new(name, (CellType)bytes[0], (int)offset, length, BinaryPrimitives.ReadUInt32LittleEndian(bytes[(7 + nameLength)..])));
            offset += length;
            bytes = bytes[(ColumnBytes + nameLength)..];
        }

        return bytes.IsEmpty
            ? columns.MoveToImmutable()
            : throw DamagedPageException.Of(page, "is damaged: its header goes on after its last column");
    }
}
