namespace AudienceSync.Pages.Columns;

/// <summary>Texts as <see cref="TextTally"/> wrote them.</summary>
internal sealed class StoredTexts
{
    private readonly ColumnPlace _place;
    private readonly PackedSlices _slices;
    private readonly PackedIntegers? _codes;
    private readonly string?[]? _decoded;

    private StoredTexts(ColumnPlace place, PackedSlices slices) => (_place, _slices) = (place, slices);

    private StoredTexts(ColumnPlace place, PackedSlices slices, PackedIntegers codes, int distinct)
        : this(place, slices) => (_codes, _decoded) = (codes, new string?[distinct]);

    public string this[int index]
    {
        get
        {
            if (_codes is not { } codes || _decoded is null)
            {
                return Decode(index);
            }

            // Two readers at once may both decode a text; either result serves.
            return codes[index] is var code && code < (ulong)_decoded.Length
                ? _decoded[code] ??= Decode((int)code)
                : throw _place.Damage("a code beyond its dictionary");
        }
    }

    public static StoredTexts Read(ref ColumnBytes bytes, int count)
    {
        switch (bytes.ReadByte())
        {
            case TextTally.Plain:
                return new(bytes.Place, PackedSlices.Read(ref bytes, count));
            case TextTally.Dictionary:
                var distinct = bytes.ReadCount(max: count);
                var slices = PackedSlices.Read(ref bytes, distinct);
                return new(bytes.Place, slices, PackedIntegers.Read(ref bytes, count), distinct);
            default:
                throw bytes.Damage("an unknown encoding");
        }
    }

    private string Decode(int index) => PageText.Read(_slices[index]) ?? throw _place.Damage("a text that is not UTF-8");
}
