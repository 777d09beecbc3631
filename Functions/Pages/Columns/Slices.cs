namespace AudienceSync.Pages.Columns;

/// <summary>Byte strings that lie one behind the other.</summary>
/// <param name="bytes">All of them, maybe with others around.</param>
/// <param name="ends">Where the first begins, then where each ends.</param>
internal readonly ref struct Slices(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> ends)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly ReadOnlySpan<int> _ends = ends;

    public int Count => _ends.Length - 1;

    /// <summary>All of them, without what is around.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes[_ends[0].._ends[^1]];

    public ReadOnlySpan<byte> this[int index] => _bytes[_ends[index].._ends[index + 1]];

    public int LengthOf(int index) => _ends[index + 1] - _ends[index];

    /// <summary>Where a string begins in <see cref="Bytes"/>.</summary>
    public int StartOf(int index) => _ends[index] - _ends[0];
}
