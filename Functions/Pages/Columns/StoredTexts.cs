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

    [ThreadStatic]
    private static byte[]? _scratch;

    protected ColumnPlace Place => place;

    /// <summary>No text has more bytes; it may look at all of them.</summary>
    public abstract int MostBytes { get; }

    /// <exception cref="DamagedPageException">It is not UTF-8, or not there.</exception>
    public virtual string this[int index] => Decode(Bytes(index));

    /// <summary>The text's bytes; valid until the next text is asked for on this thread.</summary>
    /// <exception cref="DamagedPageException"/>
    public abstract ReadOnlySpan<byte> Bytes(int index);

    /// <summary>Writes the text's bytes.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="DamagedPageException"/>
    public abstract int CopyTo(int index, Span<byte> target);

    /// <summary>Adds texts to those of a column under construction.</summary>
    /// <exception cref="DamagedPageException"/>
    public virtual void CopyTo(SliceBuffer target, ReadOnlySpan<int> indexes)
    {
        var most = MostBytes;
        foreach (var index in indexes)
        {
            target.Add(this, index, most);
        }
    }

    /// <summary>The keyed hashes of texts.</summary>
    /// <exception cref="DamagedPageException"/>
    public virtual void Hash(CellHasher hasher, ReadOnlySpan<int> indexes, Span<ulong> hashes)
    {
        for (var i = 0; i < indexes.Length; i++)
        {
            hashes[i] = hasher.OfText(Bytes(indexes[i]));
        }
    }

    /// <summary>Whether two texts have the same bytes.</summary>
    public virtual bool IsSame(int index, StoredTexts other, int otherIndex)
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

    /// <summary>Writes texts in the encoding that makes least of them.</summary>
    public static void Write(ByteSink sink, Slices texts)
    {
        var size = PackedSlices.SizeOf(texts);
        using var numbers = TextNumbers.Find(texts);
        if (numbers.AreFound && NumberedTexts.SizeOf(numbers) < size)
        {
            sink.WriteByte(Numbered);
            NumberedTexts.Write(sink, numbers);
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

    /// <summary>A text that does not lie anywhere in one piece.</summary>
    protected ReadOnlySpan<byte> PutTogether(int index)
    {
        var most = MostBytes;
        if (_scratch is not { } scratch || scratch.Length < most)
        {
            _scratch = scratch = new byte[most + 256];
        }

        return scratch.AsSpan(0, CopyTo(index, scratch));
    }

    protected string Decode(ReadOnlySpan<byte> bytes) => PageText.Read(bytes) ?? throw place.Damage("a text that is not UTF-8");
}
