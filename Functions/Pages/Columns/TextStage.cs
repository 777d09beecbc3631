using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>Texts in the smallest of the encodings of <see cref="StoredTexts"/>.</summary>
internal sealed class TextStage() : ColumnStage(CellType.Text)
{
    private readonly TextBuffer _texts = new();

    protected override void AddValue(Cell cell) => _texts.Add(cell.AsText());

    protected override long AddValue(ReadOnlySpan<byte> value)
    {
        _texts.Add(value);
        return sizeof(int) + value.Length;
    }

    protected override long CopyValue(ColumnValues source, int index)
    {
        var text = ((TextValues)source).Texts.Bytes(index);
        _texts.Add(text);
        return sizeof(int) + text.Length;
    }

    protected override void WriteValues(ByteSink sink, int from, int to) => StoredTexts.Write(sink, _texts.Slice(from, to));

    protected override void ClearValues() => _texts.Clear();
}
