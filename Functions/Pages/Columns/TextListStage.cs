using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>Packed ends of the lists among all items, the number of all items (4 bytes), all items as texts.</summary>
internal sealed class TextListStage() : ColumnStage(CellType.TextList)
{
    private readonly TextBuffer _items = new();
    private readonly List<int> _ends = [0];

    protected override void AddValue(Cell cell)
    {
        foreach (var item in cell.AsTextList())
        {
            _items.Add(item);
        }

        _ends.Add(_items.Count);
    }

    protected override long AddValue(ReadOnlySpan<byte> value)
    {
        var bytes = value.Length;
        for (value = value[sizeof(int)..]; !value.IsEmpty;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(value);
            _items.Add(value.Slice(sizeof(int), length));
            value = value[(sizeof(int) + length)..];
        }

        _ends.Add(_items.Count);
        return bytes;
    }

    protected override long CopyValue(ColumnValues source, int index)
    {
        long bytes = sizeof(int);
        var list = (TextListValues)source;
        var (from, to) = list.ItemsOf(index);
        for (var i = from; i < to; i++)
        {
            var item = list.Items.Bytes(i);
            _items.Add(item);
            bytes += sizeof(int) + item.Length;
        }

        _ends.Add(_items.Count);
        return bytes;
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
