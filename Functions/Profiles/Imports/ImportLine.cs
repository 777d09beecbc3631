using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Profiles.Imports;

/// <summary>What one line of a file gives: an operation, or what is wrong with it.</summary>
/// <param name="EndsFile">The file cannot be read behind this line.</param>
internal sealed record ImportLine(long Line, ProfileOperation? Operation, Fault? Fault, bool EndsFile = false)
{
    public static ImportLine Failed(long line, string code, string detail) => new(line, null, new("", code, detail), EndsFile: true);

    public static ImportLine Rejected(long line, string code, string detail) => new(line, null, new("", code, detail));
}

/// <summary>Builds the operation of a line cell by cell; the first fault is kept.</summary>
/// <param name="arrival">Our clock: when the values occurred unless the line says otherwise.</param>
internal sealed class ImportLineBuilder(long line, DateTimeOffset arrival)
{
    private readonly Dictionary<string, Cell> _values = new(StringComparer.Ordinal);
    private string _id = "";
    private DateTimeOffset? _occurredAt;
    private Fault? _fault;

    public void SetId(string id)
    {
        _id = id;
        _fault ??= ProfileRules.CheckId(id, "");
    }

    /// <summary>A date-time, or a day (its midnight UTC).</summary>
    public void SetOccurredAt(string column, string text)
    {
        if (CellJson.ReadText(text).TryMoment(out var moment))
        {
            _occurredAt = moment;
            _fault ??= ProfileRules.CheckTime(moment, arrival, "");
        }
        else
        {
            Reject("invalid_time", $"'{column}' holds no RFC 3339 date-time or date. Write it like 2026-10-01T00:00:00Z.");
        }
    }

    public void Set(string source, ImportColumn column, string text)
    {
        if (column.Read(text) is { } cell)
        {
            Set(source, column.Name, cell);
        }
        else
        {
            Reject("wrong_type", $"'{source}' is not of the type {ImportColumn.NameOf(column.Type)}.");
        }
    }

    /// <param name="cell">Absent clears the name.</param>
    public void Set(string source, string name, Cell cell)
    {
        if (ProfileColumns.IsIdentifier(name) && !cell.IsAbsent)
        {
            if (cell.Type is not (CellType.Text or CellType.TextList))
            {
                Reject("wrong_type", $"'{source}' is an identifier, and those are texts.");
                return;
            }

            string[] texts = cell.Type is CellType.Text ? [cell.AsText()] : [.. cell.AsTextList()];
            _fault ??= ProfileRules.CheckIdentifiers(name, texts, "").FirstOrDefault();
            cell = texts is [var only] ? Cell.Of(only) : Cell.Of([.. texts]);
        }

        _fault ??= ProfileRules.CheckValue(cell, "") is { } fault ? fault with { Detail = $"'{source}': {fault.Detail}" } : null;
        _values[name] = cell;
    }

    public void Reject(string code, string detail) => _fault ??= new("", code, detail);

    public ImportLine Build()
    {
        var operation = new ProfileOperation(OperationKind.Identify, _id, _occurredAt ?? arrival) { Values = [.. _values] };
        if (_values.Count > ProfileRules.MaxAttributes + ProfileColumns.Identifiers.Length)
        {
            Reject("too_many_attributes", $"The line has {_values.Count} values; at most {ProfileRules.MaxAttributes} attributes are taken. Split the file by columns.");
        }

        _fault ??= ProfileRules.CheckSize(operation, "");
        return new(line, _fault is null ? operation : null, _fault);
    }
}
