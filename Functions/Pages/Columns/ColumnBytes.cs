using System.Buffers.Binary;

namespace AudienceSync.Pages.Columns;

/// <summary>The stored bytes of a column, read from the front; whatever does not fit is damage, told with the names of page and column.</summary>
internal ref struct ColumnBytes(ReadOnlyMemory<byte> bytes, ColumnPlace place)
{
    private ReadOnlyMemory<byte> _rest = bytes;

    public readonly ColumnPlace Place => place;

    public readonly int Remaining => _rest.Length;

    public byte ReadByte() => Take(1).Span[0];

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)).Span);

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)).Span);

    /// <summary>A count that no more than <paramref name="max"/> can be meant by.</summary>
    public int ReadCount(int max) => ReadInt32() is var count && count >= 0 && count <= max ? count : throw Damage("an impossible count");

    public ReadOnlyMemory<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw Damage("too few bytes");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public readonly void EnsureEnd()
    {
        if (!_rest.IsEmpty)
        {
            throw Damage("bytes left over");
        }
    }

    public readonly DamagedPageException Damage(string what) => place.Damage(what);
}
