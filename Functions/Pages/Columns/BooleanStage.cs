using System.Buffers.Binary;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>One bit a value.</summary>
internal sealed class BooleanStage() : ColumnStage(CellType.Boolean)
{
    private readonly List<bool> _values = [];

    protected override void AddValue(Cell cell) => _values.Add(cell.AsBoolean());

    protected override void AddValues(Slices values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            _values.Add(BinaryPrimitives.ReadInt64LittleEndian(values[i]) != 0);
        }
    }

    protected override long CopyValues(ColumnValues source, ReadOnlySpan<int> indexes)
    {
        var flags = (BooleanValues)source;
        foreach (var index in indexes)
        {
            _values.Add(flags.At(index));
        }

        return indexes.Length;
    }

    protected override void WriteValues(ByteSink sink, int from, int to)
    {
        var bits = sink.Reserve(Bits.Size(to - from));
        bits.Clear();
        for (var i = from; i < to; i++)
        {
            if (_values[i])
            {
                Bits.Set(bits, i - from);
            }
        }
    }

    protected override void ClearValues() => _values.Clear();
}
