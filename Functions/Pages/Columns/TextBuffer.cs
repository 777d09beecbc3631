using System.Runtime.InteropServices;

namespace AudienceSync.Pages.Columns;

/// <summary>Texts as bytes, one behind the other.</summary>
internal sealed class TextBuffer
{
    private readonly List<byte> _bytes = [];
    private readonly List<int> _ends = [0];

    public int Count => _ends.Count - 1;

    public void Add(ReadOnlySpan<char> text)
    {
        var start = _bytes.Count;
        CollectionsMarshal.SetCount(_bytes, start + (text.Length * PageText.MaxBytesPerChar));
        var written = PageText.Write(text, CollectionsMarshal.AsSpan(_bytes)[start..]);
        CollectionsMarshal.SetCount(_bytes, start + written);
        _ends.Add(start + written);
    }

    public void Add(ReadOnlySpan<byte> text)
    {
        _bytes.AddRange(text);
        _ends.Add(_bytes.Count);
    }

    public Slices Slice(int from, int to) => new(CollectionsMarshal.AsSpan(_bytes), CollectionsMarshal.AsSpan(_ends)[from..(to + 1)]);

    public void Clear()
    {
        _bytes.Clear();
        CollectionsMarshal.SetCount(_ends, 1);
    }
}
