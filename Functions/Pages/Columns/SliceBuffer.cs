using System.Runtime.InteropServices;

namespace AudienceSync.Pages.Columns;

/// <summary>Texts or byte strings, one behind the other.</summary>
internal sealed class SliceBuffer
{
    private readonly List<byte> _bytes = [];
    private readonly List<int> _ends = [0];

    public int Count => _ends.Count - 1;

    /// <summary>Bytes of all of them.</summary>
    public int Size => _bytes.Count;

    public void Add(ReadOnlySpan<char> text)
    {
        var start = _bytes.Count;
        CollectionsMarshal.SetCount(_bytes, start + (text.Length * PageText.MaxBytesPerChar));
        var written = PageText.Write(text, CollectionsMarshal.AsSpan(_bytes)[start..]);
        CollectionsMarshal.SetCount(_bytes, start + written);
        _ends.Add(start + written);
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _ends.Add(_bytes.Count);
    }

    public void Add(Slices slices)
    {
        var (end, count) = (_bytes.Count, _ends.Count);
        slices.CopyTo(Reserve(slices.Size()));
        CollectionsMarshal.SetCount(_ends, count + slices.Count);
        var ends = CollectionsMarshal.AsSpan(_ends)[count..];
        for (var i = 0; i < ends.Length; i++)
        {
            end += slices.LengthOf(i);
            ends[i] = end;
        }
    }

    /// <summary>Adds a text that is put together, in place.</summary>
    public void Add(StoredTexts texts, int index, int mostBytes)
    {
        var start = _bytes.Count;
        var length = texts.CopyTo(index, Reserve(mostBytes));
        CollectionsMarshal.SetCount(_bytes, start + length);
        _ends.Add(start + length);
    }

    public Slices Slice(int from, int to) => new(CollectionsMarshal.AsSpan(_bytes), CollectionsMarshal.AsSpan(_ends)[from..(to + 1)]);

    public void Clear()
    {
        _bytes.Clear();
        CollectionsMarshal.SetCount(_ends, 1);
    }

    /// <summary>The next bytes; the caller sets all of them.</summary>
    private Span<byte> Reserve(int count)
    {
        var start = _bytes.Count;
        CollectionsMarshal.SetCount(_bytes, start + count);
        return CollectionsMarshal.AsSpan(_bytes)[start..];
    }
}
