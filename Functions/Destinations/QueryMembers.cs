using System.Globalization;
using System.Text;
using AudienceSync.Connectors.Kit;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>Makes members of the rows of a query: ids and values are checked as at the door of profiles. For one reading.</summary>
/// <remarks>An identifier that is none is left out and counted. Any other value that is not taken is a fault of the source: leaving it out would change what is sent.</remarks>
internal sealed class QueryMembers(QueryShape shape)
{
    /// <summary>What a page holds of one row, less what its columns take themselves.</summary>
    private const long MaxRowBytes = PageBuilder.MaxRowBytes - 50_000;

    private readonly SortedDictionary<string, long> _invalid = new(StringComparer.Ordinal);
    private byte[] _lastId = [];

    /// <summary>Identifiers left out, by the code of what is wrong with them.</summary>
    public IReadOnlyDictionary<string, long> Invalid => _invalid;

    /// <summary>Checks the id of the row at hand, behind the one before it.</summary>
    /// <exception cref="SourceFaultException">It has none, one that is not taken, or that of the row before.</exception>
    public void CheckId(IQueryRows rows)
    {
        if (rows.Id.IsEmpty)
        {
            throw Fault(rows, "key_missing", $"has no value in its key column '{shape.Key.Name}'. Leave such rows out (WHERE … IS NOT NULL).");
        }

        if (ProfileRules.CheckId(Encoding.UTF8.GetString(rows.Id), "") is { } fault)
        {
            throw Fault(rows, fault.Code, $"has a key in '{shape.Key.Name}' that is no id of a member: {fault.Detail}");
        }

        if (rows.Id.SequenceEqual(_lastId))
        {
            throw Fault(rows, "key_repeated", $"has the same key in '{shape.Key.Name}' as the row before it. A member has one row: group by it, or use DISTINCT ON.");
        }

        _lastId = rows.Id.ToArray();
    }

    /// <summary>Adds the values of the row at hand to a row that was begun with its id.</summary>
    /// <exception cref="SourceFaultException">A value is not taken.</exception>
    public void Read(IQueryRows rows, RowEncoder target)
    {
        var bytes = 0L;
        for (var column = 0; column < shape.Columns.Length; column++)
        {
            bytes += Read(rows, column, target);
        }

        if (bytes > MaxRowBytes)
        {
            throw Fault(rows, "row_too_large", $"has about {bytes} bytes in the columns that are read; at most {MaxRowBytes} are taken.");
        }
    }

    /// <summary>The row at hand by itself.</summary>
    /// <exception cref="SourceFaultException">A value is not taken.</exception>
    public Row ToRow(IQueryRows rows)
    {
        var row = new Row { [ProfileColumns.Id] = Cell.Of(Encoding.UTF8.GetString(rows.Id)) };
        for (var column = 0; column < shape.Columns.Length; column++)
        {
            row[shape.Columns[column].Name] = rows.HasValue(column) ? CellOf(rows, column) : default;
        }

        return row;
    }

    /// <returns>Most bytes that the value takes.</returns>
    private long Read(IQueryRows rows, int column, RowEncoder target)
    {
        var (shaped, size) = (shape.Columns[column], sizeof(decimal));
        if (!rows.HasValue(column))
        {
            target.AddNothing();
            return 0;
        }

        switch (shaped.Type)
        {
            case CellType.Text when shaped.IsIdentifier:
                if (IdentifierOf(rows, column) is { } identifier)
                {
                    var text = Encoding.UTF8.GetBytes(identifier);
                    target.AddText(text);
                    return text.Length;
                }

                target.AddNothing();
                return 0;
            case CellType.Text:
                var value = rows.Text(column);
                target.AddText(value);
                return value.Length + sizeof(int);
            case CellType.Decimal:
                target.AddDecimal(rows.Decimal(column));
                return size;
            case CellType.TextList:
                var list = ListOf(rows, column).AsTextList();
                target.AddTexts(list);
                return list.Sum(item => sizeof(int) + (long)Encoding.UTF8.GetByteCount(item));
            default:
                target.AddInteger(rows.Integer(column));
                return size;
        }
    }

    private Cell CellOf(IQueryRows rows, int column) => shape.Columns[column] switch
    {
        { IsIdentifier: true } => IdentifierOf(rows, column) is { } identifier ? Cell.Of(identifier) : default,
        { Type: CellType.Text } => Cell.Of(Encoding.UTF8.GetString(rows.Text(column))),
        { Type: CellType.Decimal } => Cell.Of(rows.Decimal(column)),
        { Type: CellType.TextList } => ListOf(rows, column),
        { Type: CellType.Boolean } => Cell.Of(rows.Integer(column) != 0),
        { Type: CellType.DateTime } => Cell.Of(new DateTimeOffset(rows.Integer(column), TimeSpan.Zero)),
        { Type: CellType.Date } => Cell.Of(DateOnly.FromDayNumber((int)rows.Integer(column))),
        _ => Cell.Of(rows.Integer(column)),
    };

    /// <summary>Null for one that is empty, which is none, or invalid, which is counted.</summary>
    private string? IdentifierOf(IQueryRows rows, int column)
    {
        var shaped = shape.Columns[column];
        var text = shaped.Source.Type is CellType.Integer ? rows.Integer(column).ToString(CultureInfo.InvariantCulture) : Encoding.UTF8.GetString(rows.Text(column));
        if (text.Length == 0)
        {
            return null;
        }

        if (ProfileRules.CheckIdentifier(shaped.Name, ref text, "") is not { } fault)
        {
            return text;
        }

        _invalid[fault.Code] = _invalid.GetValueOrDefault(fault.Code) + 1;
        return null;
    }

    private Cell ListOf(IQueryRows rows, int column)
    {
        var list = Cell.Of(rows.Texts(column));
        return ProfileRules.CheckValue(list, "") is { } fault ? throw Fault(rows, fault.Code, $"has a value in '{shape.Columns[column].Source.Name}' that is not taken: {fault.Detail}") : list;
    }

    private static SourceFaultException Fault(IQueryRows rows, string code, string detail) =>
        new(new DeliveryOutcome.Misconfigured(code, string.Create(CultureInfo.InvariantCulture, $"Row {rows.Number} of the query {detail}")));
}
