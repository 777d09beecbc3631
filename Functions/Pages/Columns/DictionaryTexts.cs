namespace AudienceSync.Pages.Columns;

/// <summary>The distinct texts: how many (4 bytes), then they; and for each text its place among them.</summary>
internal sealed class DictionaryTexts : StoredTexts
{
    private readonly int _count;
    private readonly PackedSlices _texts;
    private bool _areCodesChecked;
    private string?[]? _decoded;
    private CodeHashes? _hashed;

    public DictionaryTexts(ref ColumnBytes bytes, int count)
        : base(bytes.Place)
    {
        _count = count;
        Distinct = bytes.ReadCount(max: count);
        _texts = PackedSlices.Read(ref bytes, Distinct);
        Codes = PackedIntegers.Read(ref bytes, count);
    }

    /// <summary>Number of distinct texts.</summary>
    public int Distinct { get; }

    /// <summary>Places among the distinct texts; damage may lead beyond them.</summary>
    public PackedIntegers Codes { get; }

    public override string this[int index] => TextOf(CodeAt(index));

    public static int SizeOf(Slices texts, DistinctTexts distinct) =>
        sizeof(int) + PackedSlices.SizeOf(distinct.In(texts)) + PackedIntegers.Size(texts.Count, 0, distinct.Distinct - 1);

    public static void Write(ByteSink sink, Slices texts, DistinctTexts distinct)
    {
        sink.WriteInt32(distinct.Distinct);
        PackedSlices.Write(sink, distinct.In(texts));
        PackedIntegers.Write(sink, distinct.Codes);
    }

    public override int MostBytes => _texts.MostBytes;

    public override ReadOnlySpan<byte> Bytes(int index) => _texts[CodeAt(index)];

    public override int CopyTo(int index, Span<byte> target)
    {
        var text = _texts[CodeAt(index)];
        text.CopyTo(target);
        return text.Length;
    }

    public override void CopyTo(SliceBuffer target, ReadOnlySpan<int> indexes)
    {
        foreach (var index in indexes)
        {
            target.Add(_texts[CodeAt(index)]);
        }
    }

    /// <summary>A distinct text by its place; decoded once.</summary>
    public string TextOf(int code)
    {
        // Two readers at once may both decode a text; either result serves.
        var decoded = _decoded ??= new string?[Distinct];
        return decoded[code] ??= Decode(_texts[code]);
    }

    public ReadOnlySpan<byte> BytesOf(int code) => _texts[code];

    /// <summary>Each distinct text is hashed once.</summary>
    public override void Hash(CellHasher hasher, ReadOnlySpan<int> indexes, Span<ulong> hashes)
    {
        var known = HashesFor(hasher);
        for (var i = 0; i < indexes.Length; i++)
        {
            hashes[i] = known[CodeAt(indexes[i])];
        }
    }

    /// <summary>Checks all codes, once.</summary>
    /// <exception cref="DamagedPageException">One leads beyond the distinct texts.</exception>
    public void EnsureCodes()
    {
        if (!_areCodesChecked)
        {
            Check(Codes.Least);
            if (Codes.Width > PackedScan.MaxLaneWidth)
            {
                throw Place.Damage("codes wider than any dictionary needs");
            }

            var beyond = new ulong[RowSet.WordsOf(_count)];
            PackedScan.Run(Codes, _count, new WithinTest((ulong)(Distinct - Codes.Least), ulong.MaxValue), beyond);
            if (beyond.AsSpan().ContainsAnyExcept(0UL))
            {
                throw Place.Damage("a code beyond its dictionary");
            }

            _areCodesChecked = true;
        }
    }

    /// <exception cref="DamagedPageException">There are not so many distinct texts.</exception>
    private int Check(long code) => (ulong)code < (ulong)Distinct ? (int)code : throw Place.Damage("a code beyond its dictionary");

    private int CodeAt(int index) => Check(Codes[index]);

    private ulong[] HashesFor(CellHasher hasher)
    {
        if (_hashed is { } known && known.Key == hasher.Key)
        {
            return known.Hashes;
        }

        var hashes = new ulong[Distinct];
        for (var code = 0; code < hashes.Length; code++)
        {
            hashes[code] = hasher.OfText(_texts[code]);
        }

        _hashed = new(hasher.Key, hashes);
        return hashes;
    }

    /// <param name="Key">Of the hasher.</param>
    private sealed record CodeHashes(ulong Key, ulong[] Hashes);
}
