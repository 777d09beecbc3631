namespace AudienceSync.Pages.Columns;

/// <summary>Texts cut before their last <c>@</c>: the stems, and the tails, which repeat, as a dictionary. For e-mail addresses.</summary>
internal sealed class TailedTexts : StoredTexts
{
    private const int MostTails = 1_024;

    [ThreadStatic]
    private static byte[]? _scratch;

    private readonly StoredTexts _stems;
    private readonly DictionaryTexts _tails;

    public TailedTexts(ref ColumnBytes bytes, int count)
        : base(bytes.Place)
    {
        _stems = bytes.ReadByte() switch
        {
            Plain => new PlainTexts(ref bytes, count),
            Numbered => new NumberedTexts(ref bytes, count),
            _ => throw bytes.Damage("an unknown encoding"),
        };
        _tails = new(ref bytes, count);
    }

    /// <summary>The texts cut; null when some have no <c>@</c>, or the tails do not repeat.</summary>
    public static Pieces? Cut(Slices texts)
    {
        var (stems, tails) = (new TextBuffer(), new TextBuffer());
        for (var i = 0; i < texts.Count; i++)
        {
            var at = texts[i].LastIndexOf((byte)'@');
            if (at < 0)
            {
                return null;
            }

            stems.Add(texts[i][..at]);
            tails.Add(texts[i][at..]);
        }

        return DistinctTexts.Find(tails.Slice(0, tails.Count), Math.Min(MostTails, tails.Count / 2)) is { } distinct ? new(stems, distinct) : null;
    }

    public override ReadOnlySpan<byte> Bytes(int index)
    {
        var stem = _stems.Bytes(index);
        var tail = _tails.Bytes(index);
        var length = stem.Length + tail.Length;
        var target = (_scratch is { } scratch && scratch.Length >= length ? scratch : _scratch = new byte[length + 256]).AsSpan(0, length);
        stem.CopyTo(target);
        tail.CopyTo(target[stem.Length..]);
        return target;
    }

    /// <summary>What <see cref="Cut"/> made. Rents its memory: dispose of it.</summary>
    internal sealed class Pieces : IDisposable
    {
        private readonly TextBuffer _stems;
        private readonly DistinctTexts _tails;
        private readonly TextShape? _shape;

        public Pieces(TextBuffer stems, DistinctTexts tails)
        {
            (_stems, _tails) = (stems, tails);
            _shape = NumberedTexts.Shape(Stems);
        }

        /// <summary>Bytes that <see cref="Write"/> writes.</summary>
        public int Size => 1 + DictionaryTexts.SizeOf(_tails) + (_shape is { } shape ? NumberedTexts.SizeOf(Stems, shape) : PackedSlices.SizeOf(Stems));

        private Slices Stems => _stems.Slice(0, _stems.Count);

        public void Write(ByteSink sink)
        {
            if (_shape is { } shape)
            {
                sink.WriteByte(Numbered);
                NumberedTexts.Write(sink, Stems, shape);
            }
            else
            {
                sink.WriteByte(Plain);
                PackedSlices.Write(sink, Stems);
            }

            DictionaryTexts.Write(sink, _tails);
        }

        public void Dispose() => _tails.Dispose();
    }
}
