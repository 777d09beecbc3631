using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace AudienceSync.Pages;

/// <summary>SipHash-2-4 with 64 bits of result (Aumasson and Bernstein, 2012), fed piece by piece.</summary>
internal ref struct SipHash
{
    private ulong _v0;
    private ulong _v1;
    private ulong _v2;
    private ulong _v3;
    private ulong _tail;
    private uint _length;

    public SipHash(ulong key0, ulong key1)
    {
        _v0 = 0x736f6d6570736575 ^ key0;
        _v1 = 0x646f72616e646f6d ^ key1;
        _v2 = 0x6c7967656e657261 ^ key0;
        _v3 = 0x7465646279746573 ^ key1;
    }

    /// <summary>The hash of bytes at hand: as if they were added to a new hash, but several times as fast, its state in registers.</summary>
    public static ulong Of(ulong key0, ulong key1, ReadOnlySpan<byte> bytes)
    {
        var (v0, v1, v2, v3) = (0x736f6d6570736575 ^ key0, 0x646f72616e646f6d ^ key1, 0x6c7967656e657261 ^ key0, 0x7465646279746573 ^ key1);
        var tail = (ulong)bytes.Length << 56;
        while (bytes.Length >= sizeof(ulong))
        {
            Mix(ref v0, ref v1, ref v2, ref v3, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            tail |= (ulong)bytes[i] << (8 * i);
        }

        return Finish(v0, v1, v2, v3, tail);
    }

    /// <summary>As <see cref="Of(ulong, ulong, ReadOnlySpan{byte})"/>, of the eight bytes of a number.</summary>
    public static ulong Of(ulong key0, ulong key1, ulong number)
    {
        var (v0, v1, v2, v3) = (0x736f6d6570736575 ^ key0, 0x646f72616e646f6d ^ key1, 0x6c7967656e657261 ^ key0, 0x7465646279746573 ^ key1);
        Mix(ref v0, ref v1, ref v2, ref v3, number);
        return Finish(v0, v1, v2, v3, (ulong)sizeof(ulong) << 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Finish(ulong v0, ulong v1, ulong v2, ulong v3, ulong tail)
    {
        Mix(ref v0, ref v1, ref v2, ref v3, tail);
        v2 ^= 0xff;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ulong word)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }

    public void Add(scoped ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0 && (_length & 7) != 0)
        {
            Add(bytes[0]);
            bytes = bytes[1..];
        }

        _length += (uint)bytes.Length;
        while (bytes.Length >= sizeof(ulong))
        {
            Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            _tail |= (ulong)bytes[i] << (8 * i);
        }
    }

    public void Add(byte value)
    {
        _tail |= (ulong)value << (int)(8 * (_length & 7));
        _length++;
        if ((_length & 7) == 0)
        {
            Mix(_tail);
            _tail = 0;
        }
    }

    /// <summary>The hash of all that was added; nothing may be added after it.</summary>
    public readonly ulong Finish() => Finish(_v0, _v1, _v2, _v3, _tail | ((ulong)_length << 56));

    private void Mix(ulong word) => Mix(ref _v0, ref _v1, ref _v2, ref _v3, word);
}
