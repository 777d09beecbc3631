using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AudienceSync.Pages;

/// <summary>Keys and row hashes of a page under construction. Keys are checked to ascend, equal ones allowed.</summary>
internal sealed class PageKeys
{
    private readonly List<ulong> _keys = [];
    private readonly List<ulong> _hashes = [];

    public int Count => _keys.Count;

    public ulong this[int row] => _keys[row];

    /// <exception cref="ArgumentException">The key is below the one before.</exception>
    public void EnsureOrder(ulong key)
    {
        if (_keys.Count > 0 && key < _keys[^1])
        {
            throw OutOfOrder(key, _keys[^1]);
        }
    }

    public void Add(ulong key, ulong rowHash)
    {
        _keys.Add(key);
        _hashes.Add(rowHash);
    }

    /// <summary>The next rows; the caller sets all of them, then <see cref="EnsureOrder(int)"/>.</summary>
    public void Reserve(int count, out Span<ulong> keys, out Span<ulong> hashes)
    {
        keys = Reserve(_keys, count);
        hashes = Reserve(_hashes, count);
    }

    /// <summary>Checks the rows from one on, and takes them back when a key is below the one before.</summary>
    /// <exception cref="ArgumentException"/>
    public void EnsureOrder(int first)
    {
        var keys = CollectionsMarshal.AsSpan(_keys);
        for (var row = Math.Max(first, 1); row < keys.Length; row++)
        {
            if (keys[row] < keys[row - 1])
            {
                var error = OutOfOrder(keys[row], keys[row - 1]);
                CollectionsMarshal.SetCount(_keys, first);
                CollectionsMarshal.SetCount(_hashes, first);
                throw error;
            }
        }
    }

    /// <summary>Keys as stored: little-endian.</summary>
    public ReadOnlySpan<byte> KeyBytes(int first, int end) => BytesOf(_keys, first, end);

    public ReadOnlySpan<byte> HashBytes(int first, int end) => BytesOf(_hashes, first, end);

    public void Clear()
    {
        _keys.Clear();
        _hashes.Clear();
    }

    private static ArgumentException OutOfOrder(ulong key, ulong before) =>
        new($"The key {key:x16} is below the one before, {before:x16}. Rows come in order of their keys.", nameof(key));

    private static Span<ulong> Reserve(List<ulong> list, int count)
    {
        CollectionsMarshal.SetCount(list, list.Count + count);
        return CollectionsMarshal.AsSpan(list)[^count..];
    }

    private static ReadOnlySpan<byte> BytesOf(List<ulong> values, int first, int end)
    {
        var numbers = CollectionsMarshal.AsSpan(values)[first..end];
        if (BitConverter.IsLittleEndian)
        {
            return MemoryMarshal.AsBytes(numbers);
        }

        var reversed = new ulong[numbers.Length];
        BinaryPrimitives.ReverseEndianness(numbers, reversed);
        return MemoryMarshal.AsBytes(reversed.AsSpan());
    }
}
