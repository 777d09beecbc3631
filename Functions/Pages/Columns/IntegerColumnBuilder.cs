using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>Integers, ticks of moments or numbers of days: the least (8 bytes), then the packed distances from it.</summary>
internal sealed class IntegerColumnBuilder(CellType type) : ColumnBuilder
{
    private readonly IntegerTally _values = new();

    public override int Count => _values.Count;

    public override int Size => _values.Size;

    public override int SizeWith(Cell cell) => _values.SizeWith(ToInteger(cell));

    public override void Add(Cell cell) => _values.Add(ToInteger(cell));

    public override void Write(ByteSink sink) => _values.Write(sink);

    private long ToInteger(Cell cell) => type switch
    {
        CellType.DateTime => cell.AsDateTime().UtcTicks,
        CellType.Date => cell.AsDate().DayNumber,
        _ => cell.AsInteger(),
    };
}
