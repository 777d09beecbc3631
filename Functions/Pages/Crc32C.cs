using System.Buffers.Binary;
using System.Numerics;

namespace AudienceSync.Pages;

/// <summary>CRC-32C (Castagnoli), as in RFC 3720 appendix B.4; by hand because <c>System.IO.Hashing</c> is not among the app's packages.</summary>
internal static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
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
}
