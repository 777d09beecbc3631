using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Keyed 64-bit hashes of an installation (SipHash-2-4): member keys, row hashes, payload hashes. Never 0 for <see cref="Payload"/>.</summary>
/// <remarks>The three have keys of their own, so that none tells anything about another. Thread-safe.</remarks>
/// <param name="secret">16 bytes.</param>
public sealed class MemberHasher(ReadOnlyMemory<byte> secret)
{
    private const int SecretBytes = 16;
    private const int MaxStackChars = 256;

    private readonly (ulong First, ulong Second) _key = Derive(secret.Span, "key");
    private readonly (ulong First, ulong Second) _row = Derive(secret.Span, "row");
    private readonly (ulong First, ulong Second) _payload = Derive(secret.Span, "payload");

    public ReadOnlyMemory<byte> Secret => secret;

    /// <summary>The member key of a profile id: rows are sorted by it, shards are ranges of it. Two ids may share a key.</summary>
    public ulong Key(string profileId)
    {
        var hash = new SipHash(_key.First, _key.Second);
        AddText(ref hash, profileId);
        return hash.Finish();
    }

    /// <summary>Hash over every cell (name, type and value, in the order of names) of a row; decimals by value, not scale.</summary>
    public ulong Row(Row row) => HashRow(_row, row);

    /// <summary>As <see cref="Row"/>, never 0: 0 stands for "unknown" in ledgers.</summary>
    public ulong Payload(Row row) => HashRow(_payload, row) is var hash and not 0 ? hash : 1;

    private static (ulong First, ulong Second) Derive(ReadOnlySpan<byte> secret, string purpose)
    {
        if (secret.Length != SecretBytes)
        {
            throw new ArgumentException($"The secret of the member hashes has {secret.Length} bytes; it must have {SecretBytes}.", nameof(secret));
        }

        var (first, second) = (BinaryPrimitives.ReadUInt64LittleEndian(secret), BinaryPrimitives.ReadUInt64LittleEndian(secret[sizeof(ulong)..]));
        return (SipHash.Of(first, second, Encoding.ASCII.GetBytes($"{purpose}/0")), SipHash.Of(first, second, Encoding.ASCII.GetBytes($"{purpose}/1")));
    }

    private static ulong HashRow((ulong First, ulong Second) key, Row row)
    {
        var cells = ArrayPool<KeyValuePair<string, Cell>>.Shared.Rent(row.Count);
        var count = 0;
        foreach (var cell in row)
        {
            cells[count++] = cell;
        }

        cells.AsSpan(0, count).Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        var hash = new SipHash(key.First, key.Second);
        foreach (var (name, cell) in cells.AsSpan(0, count))
        {
            AddCountedText(ref hash, name);
            hash.Add((byte)cell.Type);
            AddValue(ref hash, cell);
        }

        ArrayPool<KeyValuePair<string, Cell>>.Shared.Return(cells, clearArray: true);
        return hash.Finish();
    }

    private static void AddValue(ref SipHash hash, Cell cell)
    {
        switch (cell.Type)
        {
            case CellType.Text:
                AddCountedText(ref hash, cell.AsText());
                break;
            case CellType.Integer:
                hash.Add((ulong)cell.AsInteger());
                break;
            case CellType.Decimal:
                AddDecimal(ref hash, cell.AsDecimal());
                break;
            case CellType.DateTime:
                hash.Add((ulong)cell.AsDateTime().UtcTicks);
                break;
            case CellType.Boolean:
                hash.Add((byte)(cell.AsBoolean() ? 1 : 0));
                break;
            case CellType.TextList:
                var texts = cell.AsTextList();
                hash.Add(texts.Length);
                foreach (var text in texts)
                {
                    AddCountedText(ref hash, text);
                }

                break;
            case CellType.Bytes:
                hash.Add(cell.AsBytes().Length);
                hash.Add(cell.AsBytes().Span);
                break;
            case CellType.Date:
                hash.Add(cell.AsDate().DayNumber);
                break;
            default:
                throw new ArgumentException($"A cell of type {cell.Type} has no hash.", nameof(cell));
        }
    }

    /// <summary>Sign, digits and scale without trailing zeros: 1.50 and 1.5 are one value, as are 0, 0.0 and −0.</summary>
    private static void AddDecimal(ref SipHash hash, decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var digits = new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);
        var scale = value.Scale;
        while (scale > 0 && digits % 10 == 0)
        {
            digits /= 10;
            scale--;
        }

        hash.Add((ulong)(digits >> 64));
        hash.Add((ulong)digits);
        hash.Add(digits == 0 ? (byte)0 : scale);
        hash.Add((byte)(value < 0 ? 1 : 0));
    }

    private static void AddCountedText(ref SipHash hash, string text)
    {
        hash.Add(text.Length);
        AddText(ref hash, text);
    }

    private static void AddText(ref SipHash hash, string text)
    {
        var rented = text.Length > MaxStackChars ? ArrayPool<byte>.Shared.Rent(text.Length * PageText.MaxBytesPerChar) : null;
        Span<byte> bytes = rented is null ? stackalloc byte[MaxStackChars * PageText.MaxBytesPerChar] : rented;
        hash.Add(bytes[..PageText.Write(text, bytes)]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }
}
