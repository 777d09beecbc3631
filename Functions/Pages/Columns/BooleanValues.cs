using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>What <see cref="BooleanStage"/> wrote.</summary>
internal sealed class BooleanValues : ColumnValues
{
    private readonly ReadOnlyMemory<byte> _bits;

    public BooleanValues(ref ColumnBytes bytes, int count) => _bits = bytes.Take(Columns.Bits.Size(count));

    public ReadOnlySpan<byte> Bits => _bits.Span;

    public override int MostBytes => 1;

    public override Cell this[int index] => Cell.Of(At(index));

    public bool At(int index) => Columns.Bits.Get(_bits.Span, index);

    public override void Hash(CellHasher hasher, ReadOnlySpan<int> indexes, Span<ulong> hashes)
    {
        var (no, yes) = (hasher.OfBoolean(false), hasher.OfBoolean(true));
        for (var i = 0; i < indexes.Length; i++)
        {
            hashes[i] = At(indexes[i]) ? yes : no;
        }
    }
}
