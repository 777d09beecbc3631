namespace AudienceSync.Pages.Columns;

/// <summary>The distinct texts: how many (4 bytes), then they; and for each text its place among them.</summary>
internal sealed class DictionaryTexts : StoredTexts
{
    private readonly PackedSlices _texts;
    private readonly string?[] _decoded;
    private (ulong Key, ulong[] Hashes)? _hashed;

    public DictionaryTexts(ref ColumnBytes bytes, int count)
        : base(bytes.Place)
    {
        Distinct = bytes.ReadCount(max: count);
        _texts = PackedSlices.Read(ref bytes, Distinct);
        Codes = PackedIntegers.Read(ref bytes, count);
        _decoded = new string?[Distinct];
    }

    /// <summary>Number of distinct texts.</summary>
    public int Distinct { get; }

    /// <summary>Places among the distinct texts; damage may lead beyond them.</summary>
    public PackedIntegers Codes { get; }

    // Two readers at once may both decode a text; either result serves.
    public override string this[int index] => CodeAt(index) is var code && _decoded[code] is { } text ? text : _decoded[code] = Decode(_texts[code]);

    public static int SizeOf(Slices texts, DistinctTexts distinct) =>
        sizeof(int) + PackedSlices.SizeOf(distinct.In(texts)) + PackedIntegers.Size(texts.Count, 0, distinct.Distinct - 1);

    public static void Write(ByteSink sink, Slices texts, DistinctTexts distinct)
    {
        sink.WriteInt32(distinct.Distinct);
        PackedSlices.Write(sink, distinct.In(texts));
        PackedIntegers.Write(sink, distinct.Codes);
    }

    public override ReadOnlySpan<byte> Bytes(int index) => _texts[CodeAt(index)];

    /// <summary>A distinct text by its place.</summary>
    public string TextOf(int code) => _decoded[code] ??= Decode(_texts[code]);

    public ReadOnlySpan<byte> BytesOf(int code) => _texts[code];

    /// <summary>Each distinct text is hashed once.</summary>
    public override ulong Hash(CellHasher hasher, int index)
    {
        if (_hashed is not { } hashed || hashed.Key != hasher.Key)
        {
            var hashes = new ulong[Distinct];
            for (var code = 0; code < hashes.Length; code++)
            {
                hashes[code] = hasher.OfText(_texts[code]);
            }

            _hashed = hashed = (hasher.Key, hashes);
        }

        return hashed.Hashes[CodeAt(index)];
    }

    /// <exception cref="DamagedPageException">There are not so many distinct texts.</exception>
    public int Check(long code) => (ulong)code < (ulong)Distinct ? (int)code : throw Place.Damage("a code beyond its dictionary");

    private int CodeAt(int index) => Check(Codes[index]);
}
