namespace AudienceSync.Pages.Columns;

/// <summary>Texts one behind the other.</summary>
internal sealed class PlainTexts : StoredTexts
{
    private readonly PackedSlices _slices;

    public PlainTexts(ref ColumnBytes bytes, int count)
        : base(bytes.Place) => _slices = PackedSlices.Read(ref bytes, count);

    public override ReadOnlySpan<byte> Bytes(int index) => _slices[index];
}
