using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace AudienceSync.Pages;

/// <summary>CRC-32C (Castagnoli), as in RFC 3720 appendix B.4; by hand because <c>System.IO.Hashing</c> is not among the app's packages.</summary>
/// <remarks>The processor takes three cycles for a step but begins one each cycle: of long input three stretches are summed side by side, then joined.</remarks>
internal static class Crc32C
{
    private const int StretchBytes = 1024;
    private const int StretchWords = StretchBytes / sizeof(ulong);
    private const int BlockBytes = 3 * StretchBytes;

    /// <summary>What <see cref="StretchBytes"/> bytes of zero make of a sum, by each of its four bytes.</summary>
    private static readonly uint[][] AfterStretch = MakeAfterStretch();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= BlockBytes)
        {
            crc = OfBlock(crc, bytes[..BlockBytes]);
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

    private static uint OfBlock(uint crc, ReadOnlySpan<byte> block)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(block);
        ReadOnlySpan<ulong> first = words[..StretchWords], second = words[StretchWords..(2 * StretchWords)], third = words[(2 * StretchWords)..];
        var (crc2, crc3) = (0U, 0U);

        // The lengths of all three stand in the condition so that no word is checked for.
        for (var at = 0; at < first.Length && at < second.Length && at < third.Length; at++)
        {
            crc = BitOperations.Crc32C(crc, AsStored(first[at]));
            crc2 = BitOperations.Crc32C(crc2, AsStored(second[at]));
            crc3 = BitOperations.Crc32C(crc3, AsStored(third[at]));
        }

        return Skip(Skip(crc) ^ crc2) ^ crc3;
    }

    /// <summary>A word whose lowest byte is the first.</summary>
    private static ulong AsStored(ulong word) => BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);

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
                for (var word = 0; word < StretchWords; word++)
                {
                    crc = BitOperations.Crc32C(crc, 0UL);
                }

                tables[place][value] = crc;
            }
        }

        return tables;
    }
}
