using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>What <see cref="BytesStage"/> wrote.</summary>
internal sealed class BytesValues : ColumnValues
{
    private readonly PackedSlices _slices;

    public BytesValues(ref ColumnBytes bytes, int count) => _slices = PackedSlices.Read(ref bytes, count);

    public override int MostBytes => _slices.MostBytes;

    public override Cell this[int index] => Cell.Of((ReadOnlyMemory<byte>)_slices[index].ToArray());

    public ReadOnlySpan<byte> At(int index) => _slices[index];

    public override void Hash(CellHasher hasher, ReadOnlySpan<int> indexes, Span<ulong> hashes)
    {
        for (var i = 0; i < indexes.Length; i++)
        {
            hashes[i] = hasher.OfBytes(At(indexes[i]));
        }
    }
}
