using System.Runtime.InteropServices;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>Byte strings as <see cref="PackedSlices"/>.</summary>
internal sealed class BytesStage() : ColumnStage(CellType.Bytes)
{
    private readonly List<byte> _bytes = [];
    private readonly List<int> _ends = [0];

    protected override void AddValue(Cell cell) => AddBytes(cell.AsBytes().Span);

    protected override long AddValue(ReadOnlySpan<byte> value)
    {
        AddBytes(value);
        return sizeof(int) + value.Length;
    }

    protected override long CopyValue(ColumnValues source, int index)
    {
        var bytes = ((BytesValues)source).At(index);
        AddBytes(bytes);
        return sizeof(int) + bytes.Length;
    }

    protected override void WriteValues(ByteSink sink, int from, int to) =>
        PackedSlices.Write(sink, new(CollectionsMarshal.AsSpan(_bytes), CollectionsMarshal.AsSpan(_ends)[from..(to + 1)]));

    protected override void ClearValues()
    {
        _bytes.Clear();
        CollectionsMarshal.SetCount(_ends, 1);
    }

    private void AddBytes(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        _ends.Add(_bytes.Count);
    }
}
