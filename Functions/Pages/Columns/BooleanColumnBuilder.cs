using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>One bit a value.</summary>
internal sealed class BooleanColumnBuilder : ColumnBuilder
{
    private readonly List<bool> _values = [];

    public override int Count => _values.Count;

    public override int Size => Bits.Size(Count);

    public override int SizeWith(Cell cell) => Bits.Size(Count + 1);

    public override void Add(Cell cell) => _values.Add(cell.AsBoolean());

    public override void Write(ByteSink sink)
    {
        var bits = sink.Reserve(Size);
        bits.Clear();
        foreach (var (index, value) in _values.Index())
        {
            if (value)
            {
                Bits.Set(bits, index);
            }
        }
    }
}
