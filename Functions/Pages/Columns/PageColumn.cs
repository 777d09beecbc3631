using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>A column of a page under construction: the values, and which rows have one.</summary>
/// <remarks>Stored as: 0 when every row has a value, else 1 and a bit a row; then the values.</remarks>
internal sealed class PageColumn(string name, CellType type)
{
    /// <summary>How presence is stored.</summary>
    public const byte InEveryRow = 0;
    public const byte InSomeRows = 1;

    private readonly List<int> _rows = [];

    public string Name => name;

    public CellType Type => type;

    public ColumnBuilder Values { get; } = ColumnBuilder.For(type);

    public void Add(int row, Cell cell)
    {
        _rows.Add(row);
        Values.Add(cell);
    }

    public void Write(ByteSink sink, int rowCount)
    {
        if (_rows.Count == rowCount)
        {
            sink.WriteByte(InEveryRow);
        }
        else
        {
            sink.WriteByte(InSomeRows);
            var bits = sink.Reserve(Bits.Size(rowCount));
            bits.Clear();
            foreach (var row in _rows)
            {
                Bits.Set(bits, row);
            }
        }

        Values.Write(sink);
    }
}
