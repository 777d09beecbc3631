using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>Byte strings as <see cref="PackedSlices"/>.</summary>
internal sealed class BytesStage() : ColumnStage(CellType.Bytes)
{
    private readonly SliceBuffer _values = new();

    protected override void AddValue(Cell cell) => _values.Add(cell.AsBytes().Span);

    protected override void AddValues(Slices values) => _values.Add(values);

    protected override long CopyValues(ColumnValues source, ReadOnlySpan<int> indexes)
    {
        var values = (BytesValues)source;
        long bytes = 0;
        foreach (var index in indexes)
        {
            var value = values.At(index);
            _values.Add(value);
            bytes += sizeof(int) + value.Length;
        }

        return bytes;
    }

    protected override void WriteValues(ByteSink sink, int from, int to) => PackedSlices.Write(sink, _values.Slice(from, to));

    protected override void ClearValues() => _values.Clear();
}
