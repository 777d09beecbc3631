using System.Runtime.Intrinsics;

namespace AudienceSync.Pages.Columns;

/// <summary>Byte strings somewhere in bytes.</summary>
/// <param name="starts">Where each begins.</param>
/// <param name="ends">Where each ends; as many.</param>
internal readonly ref struct Slices(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> starts, ReadOnlySpan<int> ends)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly ReadOnlySpan<int> _starts = starts;
    private readonly ReadOnlySpan<int> _ends = ends;

    /// <summary>Strings that lie one behind the other.</summary>
    /// <param name="bounds">Where the first begins, then where each ends.</param>
    public Slices(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> bounds)
        : this(bytes, bounds[..^1], bounds[1..])
    {
    }

    public int Count => _starts.Length;

    public ReadOnlySpan<byte> this[int index] => _bytes[_starts[index].._ends[index]];

    public int StartOf(int index) => _starts[index];

    public int EndOf(int index) => _ends[index];

    public int LengthOf(int index) => _ends[index] - _starts[index];

    /// <summary>Bytes of all of them.</summary>
    public int Size()
    {
        var bytes = 0;
        for (var i = 0; i < _starts.Length; i++)
        {
            bytes += _ends[i] - _starts[i];
        }

        return bytes;
    }

    /// <summary>Writes them one behind the other.</summary>
    public void CopyTo(Span<byte> target)
    {
        for (var i = 0; i < _starts.Length; i++)
        {
            var (start, length) = (_starts[i], LengthOf(i));
            if (length <= Vector256<byte>.Count && start <= _bytes.Length - Vector256<byte>.Count && target.Length >= Vector256<byte>.Count)
            {
                // Most texts are this short: what is copied beyond the end of one is overwritten by those behind it.
                Vector256.Create(_bytes.Slice(start, Vector256<byte>.Count)).CopyTo(target);
            }
            else
            {
                this[i].CopyTo(target);
            }

            target = target[length..];
        }
    }

    /// <summary>The same bytes, cut in other places.</summary>
    public Slices Cut(ReadOnlySpan<int> starts, ReadOnlySpan<int> ends) => new(_bytes, starts, ends);

    /// <summary>The strings before these ends.</summary>
    public Slices CutBefore(ReadOnlySpan<int> ends) => new(_bytes, _starts, ends);

    /// <summary>The strings from these starts on.</summary>
    public Slices CutFrom(ReadOnlySpan<int> starts) => new(_bytes, starts, _ends);
}
