using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>Packed numbers of items, the number of all items (4 bytes), all items as texts.</summary>
internal sealed class TextListColumnBuilder : ColumnBuilder
{
    private readonly List<int> _counts = [];
    private readonly TextTally _items = new();
    private int _maxCount;

    public override int Count => _counts.Count;

    public override int Size => PackedIntegers.Size(Count, (uint)_maxCount) + sizeof(int) + _items.Size;

    public override int SizeWith(Cell cell)
    {
        var texts = cell.AsTextList();
        return PackedIntegers.Size(Count + 1, (uint)Math.Max(_maxCount, texts.Length)) + sizeof(int) + _items.SizeWith(texts.AsSpan());
    }

    public override void Add(Cell cell)
    {
        var texts = cell.AsTextList();
        _counts.Add(texts.Length);
        _maxCount = Math.Max(_maxCount, texts.Length);
        foreach (var text in texts)
        {
            _items.Add(text);
        }
    }

    public override void Write(ByteSink sink)
    {
        PackedIntegers.Write(sink, _counts, _maxCount);
        sink.WriteInt32(_items.Count);
        _items.Write(sink);
    }
}
