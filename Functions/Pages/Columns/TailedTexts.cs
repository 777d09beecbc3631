using System.Buffers;

namespace AudienceSync.Pages.Columns;

/// <summary>Texts cut before their last <c>@</c>: the stems, and the tails, which repeat, as a dictionary. For e-mail addresses.</summary>
internal sealed class TailedTexts : StoredTexts
{
    private const int MostTails = 1_024;

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

    public override int MostBytes => _stems.MostBytes + _tails.MostBytes;

    /// <summary>Writes the texts cut, with the encoding's name, unless some have no <c>@</c>, the tails do not repeat, or nothing is won.</summary>
    /// <param name="most">What the texts take otherwise.</param>
    public static bool TryWrite(ByteSink sink, Slices texts, int most)
    {
        var cuts = ArrayPool<int>.Shared.Rent(Math.Max(texts.Count, 1));
        var isWritten = TryCut(texts, cuts) && TryWrite(sink, texts.CutBefore(cuts.AsSpan(0, texts.Count)), texts.CutFrom(cuts.AsSpan(0, texts.Count)), most);
        ArrayPool<int>.Shared.Return(cuts);
        return isWritten;
    }

    public override ReadOnlySpan<byte> Bytes(int index) => PutTogether(index);

    public override int CopyTo(int index, Span<byte> target)
    {
        var stem = _stems.CopyTo(index, target);
        return stem + _tails.CopyTo(index, target[stem..]);
    }

    private static bool TryCut(Slices texts, Span<int> cuts)
    {
        for (var i = 0; i < texts.Count; i++)
        {
            var at = texts[i].LastIndexOf((byte)'@');
            if (at < 0)
            {
                return false;
            }

            cuts[i] = texts.StartOf(i) + at;
        }

        return true;
    }

    private static bool TryWrite(ByteSink sink, Slices stems, Slices tails, int most)
    {
        using var distinct = DistinctTexts.Find(tails, Math.Min(MostTails, tails.Count / 2));
        if (distinct is null)
        {
            return false;
        }

        using var numbers = TextNumbers.Find(stems);
        var size = 1 + DictionaryTexts.SizeOf(tails, distinct) + (numbers.AreFound ? NumberedTexts.SizeOf(numbers) : PackedSlices.SizeOf(stems));
        if (size >= most)
        {
            return false;
        }

        sink.WriteByte(Tailed);
        if (numbers.AreFound)
        {
            sink.WriteByte(Numbered);
            NumberedTexts.Write(sink, numbers);
        }
        else
        {
            sink.WriteByte(Plain);
            PackedSlices.Write(sink, stems);
        }

        DictionaryTexts.Write(sink, tails, distinct);
        return true;
    }
}
