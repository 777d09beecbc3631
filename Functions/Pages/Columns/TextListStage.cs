using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>Packed ends of the lists among all items, the number of all items (4 bytes), all items as texts.</summary>
internal sealed class TextListStage() : ColumnStage(CellType.TextList)
{
    private readonly SliceBuffer _items = new();
    private readonly List<int> _ends = [0];

    protected override void AddValue(Cell cell)
    {
        foreach (var item in cell.AsTextList())
        {
            _items.Add(item);
        }

        _ends.Add(_items.Count);
    }

    protected override void AddValues(Slices values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            for (var rest = values[i]; !rest.IsEmpty;)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
                _items.Add(rest.Slice(sizeof(int), length));
                rest = rest[(sizeof(int) + length)..];
            }

            _ends.Add(_items.Count);
        }
    }

    protected override long CopyValues(ColumnValues source, ReadOnlySpan<int> indexes)
    {
        var lists = (TextListValues)source;
        var (items, bytes) = (_items.Count, (long)_items.Size);
        foreach (var index in indexes)
        {
            var (from, to) = lists.ItemsOf(index);
            for (var i = from; i < to; i++)
            {
                _items.Add(lists.Items.Bytes(i));
            }

            _ends.Add(_items.Count);
        }

        return (sizeof(int) * (long)(indexes.Length + _items.Count - items)) + _items.Size - bytes;
    }

    protected override void WriteValues(ByteSink sink, int from, int to)
    {
        var first = _ends[from];
        var ends = _ends.GetRange(from + 1, to - from).ConvertAll(end => end - first);
        PackedIntegers.Write<int>(sink, CollectionsMarshal.AsSpan(ends));
        sink.WriteInt32(_ends[to] - first);
        StoredTexts.Write(sink, _items.Slice(first, _ends[to]));
    }

    protected override void ClearValues()
    {
        _items.Clear();
        CollectionsMarshal.SetCount(_ends, 1);
    }
}
