using System.Buffers.Binary;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>One bit a value.</summary>
internal sealed class BooleanStage() : ColumnStage(CellType.Boolean)
{
    private readonly List<bool> _values = [];

    protected override void AddValue(Cell cell) => _values.Add(cell.AsBoolean());

    protected override long AddValue(ReadOnlySpan<byte> value)
    {
        _values.Add(BinaryPrimitives.ReadInt64LittleEndian(value) != 0);
        return 1;
    }

    protected override long CopyValue(ColumnValues source, int index)
    {
        _values.Add(((BooleanValues)source).At(index));
        return 1;
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
