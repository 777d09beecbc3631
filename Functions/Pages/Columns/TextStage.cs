using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>Texts in the smallest of the encodings of <see cref="StoredTexts"/>.</summary>
internal sealed class TextStage() : ColumnStage(CellType.Text)
{
    private readonly SliceBuffer _texts = new();

    protected override void AddValue(Cell cell) => _texts.Add(cell.AsText());

    protected override void AddValues(Slices values) => _texts.Add(values);

    protected override long CopyValues(ColumnValues source, ReadOnlySpan<int> indexes)
    {
        var bytes = _texts.Size;
        ((TextValues)source).Texts.CopyTo(_texts, indexes);
        return (sizeof(int) * (long)indexes.Length) + _texts.Size - bytes;
    }

    protected override void WriteValues(ByteSink sink, int from, int to) => StoredTexts.Write(sink, _texts.Slice(from, to));

    protected override void ClearValues() => _texts.Clear();
}
