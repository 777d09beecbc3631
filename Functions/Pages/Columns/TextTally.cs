namespace AudienceSync.Pages.Columns;

/// <summary>Texts of a column under construction, each distinct text held once. Stored plain, or as a dictionary and codes when that is smaller.</summary>
internal sealed class TextTally
{
    /// <summary>The encodings' names, as stored.</summary>
    public const byte Plain = 0;
    public const byte Dictionary = 1;

    /// <summary>Most texts of a dictionary: a code has at most 16 bits.</summary>
    public const int MaxDistinct = 65_536;

    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
    private readonly List<string> _distinct = [];
    private readonly List<int> _lengths = [];
    private readonly List<int> _values = [];
    private Extent _all;
    private Extent _once;

    public int Count => _values.Count;

    public int Size => SizeOf(_all, _once);

    public void Add(string text)
    {
        if (!_codes.TryGetValue(text, out var code))
        {
            code = _distinct.Count;
            var length = PageText.ByteCount(text);
            _codes.Add(text, code);
            _distinct.Add(text);
            _lengths.Add(length);
            _once = _once.With(length);
        }

        _values.Add(code);
        _all = _all.With(_lengths[code]);
    }

    public int SizeWith(params ReadOnlySpan<string> texts)
    {
        // A text that comes twice among the new ones counts twice as distinct: the dictionary looks larger than it is, never smaller.
        var (all, once) = (_all, _once);
        foreach (var text in texts)
        {
            var isKnown = _codes.TryGetValue(text, out var code);
            var length = isKnown ? _lengths[code] : PageText.ByteCount(text);
            all = all.With(length);
            once = isKnown ? once : once.With(length);
        }

        return SizeOf(all, once);
    }

    public void Write(ByteSink sink)
    {
        if (DictionarySize(_all, _once) < PlainSize(_all))
        {
            sink.WriteByte(Dictionary);
            sink.WriteInt32(_distinct.Count);
            PackedIntegers.Write(sink, _lengths, _once.Max);
            for (var code = 0; code < _distinct.Count; code++)
            {
                WriteText(sink, code);
            }

            PackedIntegers.Write(sink, _values, _distinct.Count - 1);
        }
        else
        {
            sink.WriteByte(Plain);
            PackedIntegers.Write(sink, _values.ConvertAll(code => _lengths[code]), _all.Max);
            _values.ForEach(code => WriteText(sink, code));
        }
    }

    private void WriteText(ByteSink sink, int code) => PageText.Write(_distinct[code], sink.Reserve(_lengths[code]));

    private static int SizeOf(Extent all, Extent once) => Math.Min(PlainSize(all), DictionarySize(all, once));

    private static int PlainSize(Extent all) => 1 + PackedIntegers.Size(all.Count, (uint)all.Max) + all.Total;

    private static int DictionarySize(Extent all, Extent once) => once.Count is 0 or > MaxDistinct
        ? int.MaxValue
        : 1 + sizeof(int) + PackedIntegers.Size(once.Count, (uint)once.Max) + once.Total + PackedIntegers.Size(all.Count, (uint)once.Count - 1);

    /// <summary>How many texts, and their lengths in bytes.</summary>
    private readonly record struct Extent(int Count, int Max, int Total)
    {
        public Extent With(int length) => new(Count + 1, Math.Max(Max, length), Total + length);
    }
}
