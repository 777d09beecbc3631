using System.Buffers.Binary;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Keyed hashes of the values of one column (name and type): the terms of a row's hash.</summary>
internal readonly struct CellHasher(ulong key)
{
    /// <summary>Tells the hashers of an installation apart: by purpose, name and type.</summary>
    public ulong Key => key;

    public ulong OfText(ReadOnlySpan<byte> text) => WyHash.Of(key, text);

    /// <summary>An integer, the UTC ticks of a moment, or the number of a day.</summary>
    public ulong OfInteger(long value) => WyHash.Of(key, (ulong)value);

    public ulong OfBoolean(bool value) => OfInteger(value ? 1 : 0);

    public ulong OfBytes(ReadOnlySpan<byte> bytes) => WyHash.Of(key, bytes);

    /// <summary>Sign, digits and scale without trailing zeros: 1.50 and 1.5 are one value, as are 0, 0.0 and −0.</summary>
    public ulong OfDecimal(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var (digits, scale) = bits[2] == 0
            ? Trim(((ulong)(uint)bits[1] << 32) | (uint)bits[0], value.Scale)
            : Trim(new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]), value.Scale);
        Span<byte> bytes = stackalloc byte[(2 * sizeof(ulong)) + 2];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)(digits >> 64));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[sizeof(ulong)..], (ulong)digits);
        bytes[^2] = digits == 0 ? (byte)0 : scale;
        bytes[^1] = (byte)(value < 0 ? 1 : 0);
        return WyHash.Of(key, bytes);
    }

    /// <summary>Begins the hash of a list: <see cref="AddItem"/> for each in order.</summary>
    public ulong BeginList(int count) => WyHash.Of(key, (ulong)count);

    /// <summary>The hash of a list with one item more: each item's hash depends on all before it.</summary>
    public static ulong AddItem(ulong hash, ReadOnlySpan<byte> text) => WyHash.Of(hash, text);

    public ulong Of(Cell cell) => cell.Type switch
    {
        CellType.Text => PageText.Use(cell.AsText(), this, static (text, hasher) => hasher.OfText(text)),
        CellType.Integer => OfInteger(cell.AsInteger()),
        CellType.Decimal => OfDecimal(cell.AsDecimal()),
        CellType.DateTime => OfInteger(cell.AsDateTime().UtcTicks),
        CellType.Boolean => OfBoolean(cell.AsBoolean()),
        CellType.TextList => OfList(cell),
        CellType.Bytes => OfBytes(cell.AsBytes().Span),
        CellType.Date => OfInteger(cell.AsDate().DayNumber),
        _ => throw new ArgumentException($"A cell of type {cell.Type} has no hash.", nameof(cell)),
    };

    private ulong OfList(Cell cell)
    {
        var texts = cell.AsTextList();
        var hash = BeginList(texts.Length);
        foreach (var text in texts)
        {
            hash = AddItem(hash, PageText.ToBytes(text));
        }

        return hash;
    }

    private static (UInt128 Digits, byte Scale) Trim(ulong digits, byte scale)
    {
        while (scale > 0 && digits % 10 == 0)
        {
            digits /= 10;
            scale--;
        }

        return (digits, scale);
    }

    private static (UInt128 Digits, byte Scale) Trim(UInt128 digits, byte scale)
    {
        while (scale > 0 && digits % 10 == 0)
        {
            digits /= 10;
            scale--;
        }

        return (digits, scale);
    }
}
