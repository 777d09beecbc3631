using System.Buffers;

namespace AudienceSync.Pages;

/// <summary>One sealed page: what a store keeps as one entity. The parts are opaque to everyone but the codec.</summary>
/// <param name="Number">The page's place in its chain, from 0.</param>
/// <param name="Header">Format version, row count, key range, schema, checksums.</param>
/// <param name="Keys">Member keys column. With <paramref name="Hashes"/> it is all that a diff reads.</param>
/// <param name="Hashes">Row hashes column.</param>
/// <param name="Body">The other columns; empty when only keys and hashes were read.</param>
public sealed record PackedPage(int Number, ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Keys, ReadOnlyMemory<byte> Hashes, ReadOnlyMemory<byte> Body)
{
    /// <summary>Most bytes of all parts together: Azurite counts an entity's 1 MiB after base64 (720 KiB passes, 780 KiB does not).</summary>
    public const int MaxBytes = 720 * 1024;

    private byte[]? _rented;

    /// <summary>First and last key, read from the header alone.</summary>
    /// <exception cref="DamagedPageException"/>
    public KeyRange Range => ReadHeader().Range;

    /// <exception cref="DamagedPageException"/>
    public int RowCount => ReadHeader().RowCount;

    /// <summary>Bytes of all parts together.</summary>
    public int Size => Header.Length + Keys.Length + Hashes.Length + Body.Length;

    /// <summary>A page in memory of the pool: see <see cref="Return"/>.</summary>
    internal static PackedPage Rent(int number, ReadOnlySpan<byte> header, ReadOnlySpan<byte> keys, ReadOnlySpan<byte> hashes, ReadOnlySpan<byte> body)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(header.Length + keys.Length + hashes.Length + body.Length);
        var used = 0;
        return new(number, Take(header), Take(keys), Take(hashes), Take(body)) { _rented = bytes };

        ReadOnlyMemory<byte> Take(ReadOnlySpan<byte> part)
        {
            part.CopyTo(bytes.AsSpan(used));
            used += part.Length;
            return bytes.AsMemory(used - part.Length, part.Length);
        }
    }

    /// <summary>Gives the memory back, when nobody will read the page any more. A page that is never returned is collected like any other.</summary>
    internal void Return()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } bytes)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private PageHeader ReadHeader() => PageHeader.Read(Header.Span, $"number {Number}");
}
