using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>A profile operation ⇄ a row of an inbox page: values under their own names, the rest in columns that begin with <c>$</c>.</summary>
internal static class OperationRow
{
    private const string Kind = "$op";
    private const string OccurredAt = "$occurredAt";
    private const string Cleared = "$cleared";

    public static Row Write(ProfileOperation operation)
    {
        var row = new Row
        {
            [ProfileColumns.Id] = Cell.Of(operation.Id),
            [Kind] = Cell.Of((long)operation.Kind),
            [OccurredAt] = Cell.Of(operation.OccurredAt),
            [ProfileColumns.Consents] = ConsentJson.Write(operation.Consents),
        };
        var cleared = ImmutableArray.CreateBuilder<string>();
        foreach (var (name, cell) in operation.Values)
        {
            if (cell.IsAbsent)
            {
                cleared.Add(name);
            }

            row[name] = cell;
        }

        if (cleared.Count > 0)
        {
            row[Cleared] = Cell.Of(cleared.ToImmutable());
        }

        return row;
    }

    public static ProfileOperation Read(Row row)
    {
        var values = ImmutableArray.CreateBuilder<KeyValuePair<string, Cell>>(row.Count);
        foreach (var (name, cell) in row)
        {
            if (ProfileColumns.IsValue(name))
            {
                values.Add(new(name, cell));
            }
        }

        if (row[Cleared] is { IsAbsent: false } cleared)
        {
            values.AddRange(cleared.AsTextList().Select(name => new KeyValuePair<string, Cell>(name, default)));
        }

        return new((OperationKind)row[Kind].AsInteger(), row[ProfileColumns.Id].AsText(), row[OccurredAt].AsDateTime())
        {
            Values = values.ToImmutable(),
            Consents = [.. ConsentJson.Read(row[ProfileColumns.Consents])],
        };
    }
}
