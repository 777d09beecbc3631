using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Keyed hashes of the values of one column (name and type): the terms of a row's hash.</summary>
internal readonly struct CellHasher(ulong key)
{
    private readonly ulong _seed = WyHash.Prepare(key);

    /// <summary>Tells the hashers of an installation apart: by purpose, name and type.</summary>
    public ulong Key => key;

    public ulong OfText(ReadOnlySpan<byte> text) => WyHash.OfPrepared(_seed, text);

    /// <summary>An integer, the UTC ticks of a moment, or the number of a day.</summary>
    public ulong OfInteger(long value) => WyHash.OfPrepared(_seed, (ulong)value);

    public ulong OfBoolean(bool value) => OfInteger(value ? 1 : 0);

    public ulong OfBytes(ReadOnlySpan<byte> bytes) => WyHash.OfPrepared(_seed, bytes);

    /// <summary>Sign, digits and scale without trailing zeros: 1.50 and 1.5 are one value, as are 0, 0.0 and −0.</summary>
    public ulong OfDecimal(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var (low, high) = (((ulong)(uint)bits[1] << 32) | (uint)bits[0], (ulong)(uint)bits[2]);
        var scale = value.Scale;
        if (high == 0)
        {
            Trim(ref low, ref scale);
        }
        else
        {
            Trim(ref low, ref high, ref scale);
        }

        var form = (low | high) == 0 ? 0 : (high << 16) | ((ulong)scale << 1) | (bits[3] < 0 ? 1UL : 0);
        return WyHash.OfPrepared(WyHash.OfPrepared(_seed, low), form);
    }

    /// <summary>Begins the hash of a list: <see cref="AddItem"/> for each in order.</summary>
    public ulong BeginList(int count) => WyHash.OfPrepared(_seed, (ulong)count);

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

    private static void Trim(ref ulong digits, ref byte scale)
    {
        while (scale > 0 && digits % 10 == 0)
        {
            digits /= 10;
            scale--;
        }
    }

    private static void Trim(ref ulong low, ref ulong high, ref byte scale)
    {
        var digits = new UInt128(high, low);
        while (scale > 0 && digits % 10 == 0)
        {
            digits /= 10;
            scale--;
        }

        (low, high) = ((ulong)digits, (ulong)(digits >> 64));
    }
}
