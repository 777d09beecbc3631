using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

internal sealed class BytesValues : ColumnValues
{
    private readonly PackedSlices _slices;

    public BytesValues(ref ColumnBytes bytes, int count) => _slices = PackedSlices.Read(ref bytes, count);

    public override Cell this[int index] => Cell.Of((ReadOnlyMemory<byte>)_slices[index].ToArray());
}
