using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>What <see cref="BooleanStage"/> wrote.</summary>
internal sealed class BooleanValues : ColumnValues
{
    private readonly ReadOnlyMemory<byte> _bits;

    public BooleanValues(ref ColumnBytes bytes, int count) => _bits = bytes.Take(Columns.Bits.Size(count));

    public ReadOnlySpan<byte> Bits => _bits.Span;

    public override Cell this[int index] => Cell.Of(At(index));

    public bool At(int index) => Columns.Bits.Get(_bits.Span, index);

    public override ulong Hash(CellHasher hasher, int index) => hasher.OfBoolean(At(index));
}
