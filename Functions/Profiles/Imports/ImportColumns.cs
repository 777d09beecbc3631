using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;

namespace AudienceSync.Profiles.Imports;

/// <summary>Where the columns of a file go: what the request says, and for the rest the columns' own names.</summary>
internal sealed class ImportColumns
{
    private static readonly ImmutableArray<string> Members = ["name", "type", "separator"];

    private readonly Dictionary<string, ImportColumn?> _mapped = new(StringComparer.Ordinal);

    private ImportColumns(string idColumn, string? occurredAtColumn) => (IdColumn, OccurredAtColumn) = (idColumn, occurredAtColumn);

    public string IdColumn { get; }

    public string? OccurredAtColumn { get; }

    /// <summary>Columns that the request names.</summary>
    public IEnumerable<string> Named => _mapped.Keys;

    public static Result<ImportColumns> Read(ImportRequest request)
    {
        var columns = new ImportColumns(request.IdColumn ?? ProfileColumns.Id, request.OccurredAtColumn);
        var faults = new List<Fault>();
        if (!string.IsNullOrEmpty(request.Columns))
        {
            try
            {
                using var json = JsonDocument.Parse(request.Columns);
                columns.ReadColumns(json.RootElement, faults);
            }
            catch (JsonException e)
            {
                faults.Add(new("/columns", "malformed_json", $"'columns' is no JSON (at character {e.BytePositionInLine + 1}). Send an object like {{\"Mail\":\"email\"}}."));
            }
        }

        faults.AddRange(columns._mapped.Where(pair => pair.Value is not null).GroupBy(pair => pair.Value!.Name, StringComparer.Ordinal)
            .Where(group => group.Count() > 1)
            .Select(group => new Fault("/columns", "duplicate_target", $"Several columns go to '{group.Key}': {string.Join(", ", group.Select(pair => pair.Key))}. Keep one, map the others to null.")));
        return faults.Count > 0 ? Refusal.Invalid(faults) : columns;
    }

    /// <summary>Where a column goes; null when it is dropped.</summary>
    public ImportColumn? TargetOf(string source) => _mapped.TryGetValue(source, out var target) ? target : new(source);

    /// <summary>What forbids that a column goes where it goes; null when nothing does.</summary>
    public static Fault? CheckName(string name, string pointer) =>
        ProfileColumns.IsIdentifier(name) ? null : ProfileRules.CheckAttributeName(name, pointer);

    private void ReadColumns(JsonElement json, List<Fault> faults)
    {
        if (json.ValueKind is not JsonValueKind.Object)
        {
            faults.Add(new("/columns", "wrong_type", "'columns' is an object like {\"Mail\":\"email\"}."));
            return;
        }

        foreach (var property in json.EnumerateObject())
        {
            var pointer = $"/columns/{property.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            var target = property.Value.ValueKind switch
            {
                JsonValueKind.String => new ImportColumn(property.Value.GetString()!),
                JsonValueKind.Object => ReadColumn(property.Value, pointer, faults),
                _ => null,
            };
            if (target is null && property.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Object))
            {
                faults.Add(new(pointer, "wrong_type", "A column goes to a name, to null, or to {\"name\",\"type\",\"separator\"}."));
            }

            if (target is not null && CheckName(target.Name, pointer) is { } fault)
            {
                faults.Add(fault);
            }

            _mapped[property.Name] = target;
        }
    }

    private static ImportColumn? ReadColumn(JsonElement json, string pointer, List<Fault> faults)
    {
        var before = faults.Count;
        faults.AddRange(json.EnumerateObject()
            .Where(member => !Members.Contains(member.Name, StringComparer.Ordinal))
            .Select(member => OperationReader.UnknownField(member, pointer, Members)));
        foreach (var member in Members)
        {
            if (json.TryGetProperty(member, out var value) ? value.ValueKind is not JsonValueKind.String : member is "name")
            {
                faults.Add(new($"{pointer}/{member}", "wrong_type", $"'{member}' is a text."));
            }
        }

        if (faults.Count > before)
        {
            return null;
        }

        var column = new ImportColumn(json.GetProperty("name").GetString()!);
        if (json.TryGetProperty("type", out var type))
        {
            if (ImportColumn.Types.TryGetValue(type.GetString()!, out var known))
            {
                column = column with { Type = known };
            }
            else
            {
                var names = ImportColumn.Types.Keys.Order(StringComparer.Ordinal).ToList();
                faults.Add(new($"{pointer}/type", "unknown_type", $"'{type.GetString()}' is no type. The types are {string.Join(", ", names)}.{NearestName.Suggestion(type.GetString()!, names)}"));
            }
        }

        if (json.TryGetProperty("separator", out var separator))
        {
            if (separator.GetString() is { Length: > 0 } text && column.Type is ImportType.List)
            {
                column = column with { Separator = text };
            }
            else
            {
                faults.Add(new($"{pointer}/separator", "invalid_separator", "A separator is a text of at least one character, and belongs to the type 'list'."));
            }
        }

        return column;
    }
}
