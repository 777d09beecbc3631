using System.Runtime.InteropServices;

namespace AudienceSync.Pages;

/// <summary>A digest of who is in a page and with which values: over keys and row hashes, both keyed hashes themselves. Equal digests of equal ranges: the same rows.</summary>
internal static class PageContent
{
    private const ulong KeySalt = 0x9E3779B97F4A7C15; // any odd number: the golden ratio
    private const ulong HashSalt = 0xC2B2AE3D27D4EB4F;

    /// <param name="keys">As stored, little-endian; so <paramref name="hashes"/>.</param>
    public static ulong Of(ReadOnlySpan<byte> keys, ReadOnlySpan<byte> hashes) =>
        Of(MemoryMarshal.Cast<byte, ulong>(keys), MemoryMarshal.Cast<byte, ulong>(hashes));

    private static ulong Of(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> hashes)
    {
        ulong sum = (ulong)keys.Length;
        for (var i = 0; i < keys.Length && i < hashes.Length; i++)
        {
            var high = Math.BigMul(keys[i] ^ KeySalt, hashes[i] ^ HashSalt, out var low);
            sum += high ^ low;
        }

        return sum;
    }
}
