using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace AudienceSync.Connectors.Kit.Identifiers;

/// <summary>SHA-256 (FIPS 180-4) of many short texts: eight side by side, one in each lane of a vector.</summary>
/// <remarks>One at a time a digest of a short text costs most of a microsecond; eight lanes cost little more than one.</remarks>
internal static class Sha256Lanes
{
    private const int Lanes = 8;
    private const int BlockBytes = 64;
    private const int DigestBytes = 32;

    /// <summary>Texts of more blocks are hashed one by one. Ours: no identifier is that long.</summary>
    private const int MaxBlocks = 5;

    /// <summary>Fewer texts than this are hashed one by one. Ours, measured: half-empty vectors pay from three on.</summary>
    private const int FewestTexts = 3;

    private static ReadOnlySpan<uint> RoundConstants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    private static ReadOnlySpan<uint> InitialState =>
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    /// <param name="text">Holds the texts.</param>
    /// <param name="texts">Where in it.</param>
    /// <param name="hex">Takes 64 lower-case hex digits for each, in their order.</param>
    public static void Hash(ReadOnlySpan<byte> text, ReadOnlySpan<TextRange> texts, Span<byte> hex) => Hash(text, texts, hex, Vector256.IsHardwareAccelerated);

    /// <param name="lanes">False to hash one by one: what a machine without vectors does.</param>
    internal static void Hash(ReadOnlySpan<byte> text, ReadOnlySpan<TextRange> texts, Span<byte> hex, bool lanes)
    {
        // Texts of equally many blocks wait here for their vector to fill.
        Span<int> waiting = stackalloc int[MaxBlocks * Lanes];
        Span<int> counts = stackalloc int[MaxBlocks];
        counts.Clear();
        for (var index = 0; index < texts.Length; index++)
        {
            var blocks = BlocksOf(texts[index].Length);
            if (!lanes || blocks > MaxBlocks)
            {
                HashOne(text, texts, hex, index);
                continue;
            }

            var group = waiting.Slice((blocks - 1) * Lanes, Lanes);
            ref var count = ref counts[blocks - 1];
            group[count++] = index;
            if (count == Lanes)
            {
                HashEight(text, texts, hex, group, blocks);
                count = 0;
            }
        }

        for (var blocks = 1; blocks <= MaxBlocks; blocks++)
        {
            var group = waiting.Slice((blocks - 1) * Lanes, Lanes);
            var count = counts[blocks - 1];
            if (count >= FewestTexts)
            {
                group[count..].Fill(group[0]);
                HashEight(text, texts, hex, group, blocks);
                continue;
            }

            foreach (var index in group[..count])
            {
                HashOne(text, texts, hex, index);
            }
        }
    }

    /// <summary>The text, a bit, and its length in eight bytes.</summary>
    private static int BlocksOf(int length) => ((length + 8) / BlockBytes) + 1;

    private static void HashOne(ReadOnlySpan<byte> text, ReadOnlySpan<TextRange> texts, Span<byte> hex, int index)
    {
        Span<byte> digest = stackalloc byte[DigestBytes];
        SHA256.HashData(texts[index].In(text), digest);
        Convert.TryToHexStringLower(digest, hex.Slice(index * 2 * DigestBytes, 2 * DigestBytes), out _);
    }

    private static void HashEight(ReadOnlySpan<byte> text, ReadOnlySpan<TextRange> texts, Span<byte> hex, ReadOnlySpan<int> indexes, int blocks)
    {
        Span<byte> padded = stackalloc byte[MaxBlocks * BlockBytes];
        padded = padded[..(blocks * BlockBytes)];
        Span<Vector256<uint>> words = stackalloc Vector256<uint>[MaxBlocks * 16];
        var lanes = MemoryMarshal.Cast<Vector256<uint>, uint>(words);
        for (var lane = 0; lane < Lanes; lane++)
        {
            Pad(texts[indexes[lane]].In(text), padded);
            var source = MemoryMarshal.Cast<byte, uint>(padded);
            for (var word = 0; word < source.Length; word++)
            {
                lanes[(word * Lanes) + lane] = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(source[word]) : source[word];
            }
        }

        Span<Vector256<uint>> state = stackalloc Vector256<uint>[8];
        for (var i = 0; i < state.Length; i++)
        {
            state[i] = Vector256.Create(InitialState[i]);
        }

        for (var block = 0; block < blocks; block++)
        {
            Compress(state, words.Slice(block * 16, 16));
        }

        var results = MemoryMarshal.Cast<Vector256<uint>, uint>(state);
        Span<byte> digest = stackalloc byte[DigestBytes];
        for (var lane = 0; lane < Lanes; lane++)
        {
            for (var word = 0; word < 8; word++)
            {
                BinaryPrimitives.WriteUInt32BigEndian(digest[(word * 4)..], results[(word * Lanes) + lane]);
            }

            Convert.TryToHexStringLower(digest, hex.Slice(indexes[lane] * 2 * DigestBytes, 2 * DigestBytes), out _);
        }
    }

    /// <summary>FIPS 180-4, 5.1.1.</summary>
    private static void Pad(ReadOnlySpan<byte> text, Span<byte> padded)
    {
        text.CopyTo(padded);
        padded[text.Length..].Clear();
        padded[text.Length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(padded[^8..], (ulong)text.Length * 8);
    }

    /// <summary>FIPS 180-4, 6.2.2; the schedule is kept in a ring of sixteen words.</summary>
    private static void Compress(Span<Vector256<uint>> state, Span<Vector256<uint>> words)
    {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        var (e, f, g, h) = (state[4], state[5], state[6], state[7]);
        for (var round = 0; round < RoundConstants.Length; round++)
        {
            if (round >= 16)
            {
                var early = words[(round - 15) & 15];
                var late = words[(round - 2) & 15];
                words[round & 15] += (RotateRight(early, 7) ^ RotateRight(early, 18) ^ (early >>> 3))
                    + words[(round - 7) & 15]
                    + (RotateRight(late, 17) ^ RotateRight(late, 19) ^ (late >>> 10));
            }

            var first = h + (RotateRight(e, 6) ^ RotateRight(e, 11) ^ RotateRight(e, 25)) + (g ^ (e & (f ^ g)))
                + Vector256.Create(RoundConstants[round]) + words[round & 15];
            var second = (RotateRight(a, 2) ^ RotateRight(a, 13) ^ RotateRight(a, 22)) + ((a & b) | (c & (a | b)));
            (h, g, f, e) = (g, f, e, d + first);
            (d, c, b, a) = (c, b, a, first + second);
        }

        (state[0], state[1], state[2], state[3]) = (state[0] + a, state[1] + b, state[2] + c, state[3] + d);
        (state[4], state[5], state[6], state[7]) = (state[4] + e, state[5] + f, state[6] + g, state[7] + h);
    }

    private static Vector256<uint> RotateRight(Vector256<uint> value, int bits) => (value >>> bits) | (value << (32 - bits));
}

/// <summary>A part of a text buffer, in bytes.</summary>
internal readonly record struct TextRange(int Start, int Length)
{
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> text) => text.Slice(Start, Length);
}
