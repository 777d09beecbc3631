using System.Buffers.Binary;
using System.Numerics;

namespace AudienceSync.Pages;

/// <summary>CRC-32C (Castagnoli), as in RFC 3720 appendix B.4; by hand because <c>System.IO.Hashing</c> is not among the app's packages.</summary>
/// <remarks>The processor takes three cycles for a step but begins one each cycle: of long input three stretches are summed side by side, then joined.</remarks>
internal static class Crc32C
{
    private const int StretchBytes = 1024;
    private const int BlockBytes = 3 * StretchBytes;

    /// <summary>What <see cref="StretchBytes"/> bytes of zero make of a sum, by each of its four bytes.</summary>
    private static readonly uint[][] AfterStretch = MakeAfterStretch();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= BlockBytes)
        {
            crc = OfBlock(crc, bytes[..StretchBytes], bytes.Slice(StretchBytes, StretchBytes), bytes.Slice(2 * StretchBytes, StretchBytes));
            bytes = bytes[BlockBytes..];
        }

        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    private static uint OfBlock(uint crc, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        var (crc2, crc3) = (0U, 0U);
        for (var at = 0; at <= StretchBytes - sizeof(ulong); at += sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(first[at..]));
            crc2 = BitOperations.Crc32C(crc2, BinaryPrimitives.ReadUInt64LittleEndian(second[at..]));
            crc3 = BitOperations.Crc32C(crc3, BinaryPrimitives.ReadUInt64LittleEndian(third[at..]));
        }

        return Skip(Skip(crc) ^ crc2) ^ crc3;
    }

    /// <summary>The sum after a stretch of zeros: sums are linear, so the sum of the stretch itself is added to it.</summary>
    private static uint Skip(uint crc) =>
        AfterStretch[0][crc & 0xFF] ^ AfterStretch[1][(crc >> 8) & 0xFF] ^ AfterStretch[2][(crc >> 16) & 0xFF] ^ AfterStretch[3][crc >> 24];

    private static uint[][] MakeAfterStretch()
    {
        var tables = new uint[sizeof(uint)][];
        for (var place = 0; place < tables.Length; place++)
        {
            tables[place] = new uint[256];
            for (var value = 0; value < tables[place].Length; value++)
            {
                var crc = (uint)value << (8 * place);
                for (var word = 0; word < StretchBytes / sizeof(ulong); word++)
                {
                    crc = BitOperations.Crc32C(crc, 0UL);
                }

                tables[place][value] = crc;
            }
        }

        return tables;
    }
}
