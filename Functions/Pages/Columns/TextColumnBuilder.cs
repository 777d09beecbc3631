using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

internal sealed class TextColumnBuilder : ColumnBuilder
{
    private readonly TextTally _texts = new();

    public override int Count => _texts.Count;

    public override int Size => _texts.Size;

    public override int SizeWith(Cell cell) => _texts.SizeWith(cell.AsText());

    public override void Add(Cell cell) => _texts.Add(cell.AsText());

    public override void Write(ByteSink sink) => _texts.Write(sink);
}
