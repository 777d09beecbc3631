using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

internal sealed class BooleanValues(ReadOnlyMemory<byte> bits) : ColumnValues
{
    public BooleanValues(ref ColumnBytes bytes, int count)
        : this(bytes.Take(Bits.Size(count)))
    {
    }

    public override Cell this[int index] => Cell.Of(Bits.Get(bits.Span, index));
}
