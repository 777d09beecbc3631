using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Keyed hashes of the values of one column (name and type): the terms of a row's hash.</summary>
internal readonly struct CellHasher(ulong key0, ulong key1)
{
    /// <summary>Tells the hashers of an installation apart: by purpose, name and type.</summary>
    public ulong Key => key0;

    public ulong OfText(ReadOnlySpan<byte> text) => SipHash.Of(key0, key1, text);

    /// <summary>An integer, the UTC ticks of a moment, or the number of a day.</summary>
    public ulong OfInteger(long value)
    {
        var hash = new SipHash(key0, key1);
        hash.Add((ulong)value);
        return hash.Finish();
    }

    public ulong OfBoolean(bool value) => OfInteger(value ? 1 : 0);

    public ulong OfBytes(ReadOnlySpan<byte> bytes) => SipHash.Of(key0, key1, bytes);

    /// <summary>Sign, digits and scale without trailing zeros: 1.50 and 1.5 are one value, as are 0, 0.0 and −0.</summary>
    public ulong OfDecimal(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var (digits, scale) = bits[2] == 0
            ? Trim(((ulong)(uint)bits[1] << 32) | (uint)bits[0], value.Scale)
            : Trim(new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]), value.Scale);
        var hash = new SipHash(key0, key1);
        hash.Add((ulong)(digits >> 64));
        hash.Add((ulong)digits);
        hash.Add(digits == 0 ? (byte)0 : scale);
        hash.Add((byte)(value < 0 ? 1 : 0));
        return hash.Finish();
    }

    /// <summary>Begins the hash of a list: <see cref="AddItem"/> for each, then <see cref="SipHash.Finish"/>.</summary>
    public SipHash BeginList(int count)
    {
        var hash = new SipHash(key0, key1);
        hash.Add(count);
        return hash;
    }

    public static void AddItem(scoped ref SipHash hash, scoped ReadOnlySpan<byte> text)
    {
        hash.Add(text.Length);
        hash.Add(text);
    }

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
            var bytes = PageText.ToBytes(text);
            AddItem(ref hash, bytes);
        }

        return hash.Finish();
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
