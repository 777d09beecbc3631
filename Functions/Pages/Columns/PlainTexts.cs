namespace AudienceSync.Pages.Columns;

/// <summary>Texts as bytes, one behind the other.</summary>
internal sealed class PlainTexts : StoredTexts
{
    private readonly PackedSlices _slices;

    public PlainTexts(ref ColumnBytes bytes, int count)
        : base(bytes.Place) => _slices = PackedSlices.Read(ref bytes, count);

    public override int MostBytes => _slices.MostBytes;

    public override ReadOnlySpan<byte> Bytes(int index) => _slices[index];

    public override int CopyTo(int index, Span<byte> target)
    {
        var text = _slices[index];
        text.CopyTo(target);
        return text.Length;
    }

    public override void CopyTo(SliceBuffer target, ReadOnlySpan<int> indexes)
    {
        foreach (var index in indexes)
        {
            target.Add(_slices[index]);
        }
    }
}
