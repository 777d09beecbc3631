using System.Buffers.Binary;
using System.Numerics;

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

    public static ulong Of(ulong key0, ulong key1, ReadOnlySpan<byte> bytes)
    {
        var hash = new SipHash(key0, key1);
        hash.Add(bytes);
        return hash.Finish();
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

    public void Add(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        Add(bytes);
    }

    public void Add(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Add(bytes);
    }

    /// <summary>The hash of all that was added; nothing may be added after it.</summary>
    public ulong Finish()
    {
        Mix(_tail | ((ulong)_length << 56));
        _v2 ^= 0xff;
        Round();
        Round();
        Round();
        Round();
        return _v0 ^ _v1 ^ _v2 ^ _v3;
    }

    private void Mix(ulong word)
    {
        _v3 ^= word;
        Round();
        Round();
        _v0 ^= word;
    }

    private void Round()
    {
        _v0 += _v1;
        _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
        _v0 = BitOperations.RotateLeft(_v0, 32);
        _v2 += _v3;
        _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
        _v0 += _v3;
        _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
        _v2 += _v1;
        _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
        _v2 = BitOperations.RotateLeft(_v2, 32);
    }
}
