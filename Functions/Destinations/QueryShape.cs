using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>What the columns of a query are to its members: the id, identifiers by their names, consents by theirs, and attributes.</summary>
/// <param name="Key">The column of the id.</param>
/// <param name="Columns">What is read beside it: what the mapping reads, identifiers, the consent. Other columns of the query stay where they are.</param>
public sealed record QueryShape(QueryColumn Key, ImmutableArray<ShapedColumn> Columns)
{
    private const string ConsentPrefix = "consent_";

    /// <summary>The columns of the members' pages, the id first.</summary>
    internal ImmutableArray<(string Name, CellType Type)> Schema => [(ProfileColumns.Id, CellType.Text), .. Columns.Select(column => (column.Name, column.Type))];

    /// <summary>Shapes what a query gives.</summary>
    /// <param name="wanted">Names that the mapping reads.</param>
    /// <param name="purpose">The consent that is asked for; null for none.</param>
    /// <param name="pointer">Of the source.</param>
    /// <returns>Null when there was a fault.</returns>
    internal static QueryShape? Of(
        ImmutableArray<QueryColumn> columns, string keyColumn, IEnumerable<string> wanted, string? purpose, string pointer, ICollection<Fault> faults)
    {
        var before = faults.Count;
        var names = columns.Select(column => column.Name).ToList();
        CheckReserved(names, keyColumn, pointer, faults);
        var key = Find(columns, keyColumn, JsonFields.PointerTo(pointer, SourceReader.KeyColumn), faults);
        if (key is { IsKey: false })
        {
            faults.Add(new(
                JsonFields.PointerTo(pointer, SourceReader.KeyColumn), "type_clash",
                $"'{keyColumn}' is of type {key.TypeName}, but members are told apart by a text, a whole number or a UUID. Name another column, or cast it."));
        }

        var shaped = ImmutableArray.CreateBuilder<ShapedColumn>();
        foreach (var name in wanted.Where(name => name is not ProfileColumns.Id).Distinct(StringComparer.Ordinal))
        {
            if (Find(columns, name, JsonFields.PointerTo(pointer, SourceReader.Query), faults) is { } column && Shape(column, pointer, faults) is { } fitting)
            {
                shaped.Add(fitting);
            }
        }

        // Who is suppressed may be so by an identifier that the mapping has no use for.
        shaped.AddRange(columns
            .Where(column => ProfileColumns.IsIdentifier(column.Name) && IsIdentifying(column) && shaped.All(read => read.Name != column.Name))
            .DistinctBy(column => column.Name, StringComparer.Ordinal)
            .Select(column => new ShapedColumn(column, column.Name, CellType.Text, IsIdentifier: true)));
        if (purpose is not null && FindConsent(columns, purpose, faults) is { } consent)
        {
            shaped.Add(new(consent, ProfileColumns.Consent(purpose), CellType.Boolean, IsIdentifier: false));
        }

        return faults.Count == before ? new(key!, shaped.ToImmutable()) : null;
    }

    /// <summary>The types of the columns by name, as of attributes.</summary>
    internal static IReadOnlyDictionary<string, ImmutableArray<CellType>> TypesOf(IEnumerable<QueryColumn> columns) => columns
        .Where(column => column.Type is not CellType.Absent)
        .DistinctBy(column => column.Name, StringComparer.Ordinal)
        .ToDictionary(column => column.Name, column => ImmutableArray.Create(column.Type), StringComparer.Ordinal);

    private static void CheckReserved(List<string> names, string keyColumn, string pointer, ICollection<Fault> faults)
    {
        foreach (var name in names.Distinct(StringComparer.Ordinal).Where(name => ProfileColumns.Reserved.Contains(name) && !ProfileColumns.IsIdentifier(name) && name != keyColumn))
        {
            faults.Add(new(
                JsonFields.PointerTo(pointer, SourceReader.Query), "reserved_name",
                name is ProfileColumns.Id
                    ? $"The query has a column 'id', which is the name of the member's id, but keyColumn is '{keyColumn}'. Name 'id' there, or give the column another name (AS …)."
                    : $"'{name}' is a reserved name: it is made from the member's id. Give the column another name (AS …)."));
        }
    }

    private static QueryColumn? Find(ImmutableArray<QueryColumn> columns, string name, string pointer, ICollection<Fault> faults)
    {
        var found = columns.Where(column => column.Name == name).ToList();
        switch (found)
        {
            case [var one]:
                return one;
            case []:
                var nearest = NearestName.Of(name, columns.Select(column => column.Name));
                faults.Add(new(pointer, "unknown_column", $"The query gives no column '{name}'.{(nearest is null ? "" : $" Did you mean '{nearest}'?")}") { Suggestion = nearest });
                return null;
            default:
                faults.Add(new(pointer, "duplicate_column", $"The query gives {found.Count} columns '{name}'. Give each a name of its own (AS …)."));
                return null;
        }
    }

    private static ShapedColumn? Shape(QueryColumn column, string pointer, ICollection<Fault> faults)
    {
        if (column.Type is CellType.Absent)
        {
            faults.Add(new(
                JsonFields.PointerTo(pointer, SourceReader.Query), "type_unsupported",
                $"The column '{column.Name}' is of type {column.TypeName}, which is not read. Cast it, such as to text: {column.Name}::text AS {column.Name}."));
            return null;
        }

        if (!ProfileColumns.IsIdentifier(column.Name))
        {
            return new(column, column.Name, column.Type, IsIdentifier: false);
        }

        if (!IsIdentifying(column))
        {
            faults.Add(new(JsonFields.PointerTo(pointer, SourceReader.Query), "type_clash", $"The column '{column.Name}' identifies people by a text, but is of type {column.TypeName}."));
            return null;
        }

        return new(column, column.Name, CellType.Text, IsIdentifier: true);
    }

    private static bool IsIdentifying(QueryColumn column) => column.Type is CellType.Text or CellType.Integer;

    private static QueryColumn? FindConsent(ImmutableArray<QueryColumn> columns, string purpose, ICollection<Fault> faults)
    {
        var name = $"{ConsentPrefix}{purpose}";
        if (Find(columns, name, "/consentPurpose", faults) is not { } column)
        {
            return null;
        }

        if (column.Type is not CellType.Boolean)
        {
            faults.Add(new("/consentPurpose", "type_clash", $"The column '{name}' says who granted '{purpose}': it is a boolean, not {column.TypeName}. Null is unknown, which is no."));
            return null;
        }

        return column;
    }
}

/// <summary>A column of a query as members have it.</summary>
/// <param name="Name">Of the members' column: that of an attribute or identifier, or of a consent.</param>
/// <param name="IsIdentifier">It is normalised and checked as identifiers of profiles are.</param>
public sealed record ShapedColumn(QueryColumn Source, string Name, CellType Type, bool IsIdentifier);
