namespace AudienceSync.Pages.Columns;

/// <summary>Texts as stored, in one of four encodings. Immutable but for what it remembers; several threads may read.</summary>
internal abstract class StoredTexts(ColumnPlace place)
{
    /// <summary>The encodings' names, as stored.</summary>
    protected const byte Plain = 0;
    protected const byte Dictionary = 1;
    protected const byte Numbered = 2;
    protected const byte Tailed = 3;

    private const int MaxStackBytes = 512;

    protected ColumnPlace Place => place;

    /// <exception cref="DamagedPageException">It is not UTF-8, or not there.</exception>
    public virtual string this[int index] => Decode(Bytes(index));

    /// <summary>The text's bytes; valid until the next text is asked for on this thread.</summary>
    /// <exception cref="DamagedPageException"/>
    public abstract ReadOnlySpan<byte> Bytes(int index);

    /// <summary>Whether two texts have the same bytes.</summary>
    public bool IsSame(int index, StoredTexts other, int otherIndex)
    {
        var text = Bytes(index);
        if (text.Length > MaxStackBytes)
        {
            return text.ToArray().AsSpan().SequenceEqual(other.Bytes(otherIndex));
        }

        // The other text may be put together in the same memory as this one.
        Span<byte> copy = stackalloc byte[MaxStackBytes];
        text.CopyTo(copy);
        return other.Bytes(otherIndex).SequenceEqual(copy[..text.Length]);
    }

    public virtual ulong Hash(CellHasher hasher, int index) => hasher.OfText(Bytes(index));

    /// <summary>Writes texts in the encoding that makes least of them.</summary>
    public static void Write(ByteSink sink, Slices texts)
    {
        var size = PackedSlices.SizeOf(texts);
        if (NumberedTexts.Shape(texts) is { } shape && NumberedTexts.SizeOf(texts, shape) < size)
        {
            sink.WriteByte(Numbered);
            NumberedTexts.Write(sink, texts, shape);
            return;
        }

        using var distinct = DistinctTexts.Find(texts, most: texts.Count * 3 / 4);
        if (distinct is not null && DictionaryTexts.SizeOf(texts, distinct) < size)
        {
            sink.WriteByte(Dictionary);
            DictionaryTexts.Write(sink, texts, distinct);
            return;
        }

        if (TailedTexts.TryWrite(sink, texts, size))
        {
            return;
        }

        sink.WriteByte(Plain);
        PackedSlices.Write(sink, texts);
    }

    public static StoredTexts Read(ref ColumnBytes bytes, int count) => bytes.ReadByte() switch
    {
        Plain => new PlainTexts(ref bytes, count),
        Dictionary => new DictionaryTexts(ref bytes, count),
        Numbered => new NumberedTexts(ref bytes, count),
        Tailed => new TailedTexts(ref bytes, count),
        _ => throw bytes.Damage("an unknown encoding"),
    };

    protected string Decode(ReadOnlySpan<byte> bytes) => PageText.Read(bytes) ?? throw place.Damage("a text that is not UTF-8");
}
