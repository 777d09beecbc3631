using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Profiles.Attributes;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>What a mapping must be: targets as the connector's card wants them, an identifier, sources that exist.</summary>
internal static class MappingRules
{
    /// <summary>Percent; below, someone probably meant another attribute.</summary>
    private const int LowFillPercent = 80;

    /// <summary>Attributes of a category that are told one by one.</summary>
    private const int MostLeftOut = 20;

    /// <summary>Faults of the targets against the card. An event names its person by itself, so <see cref="DestinationMode.Events"/> asks for no identifier.</summary>
    /// <param name="expanded">The mapping with its categories put into attributes; null where it is not known what these hold.</param>
    public static IEnumerable<Fault> CheckTargets(ImmutableArray<MappingEntry?> mapping, FieldRules rules, DestinationMode mode, string pointer, ExpandedMapping? expanded = null)
    {
        // An entry that could not be read has no target, and may have been the very one that is asked for. So may be one of a category.
        var unread = mapping.Index().Where(pair => pair.Item is null or { Category: not null }).Select(pair => $"{pointer}/{pair.Index}/to").ToHashSet();
        if (mapping.Contains(null) || (expanded is null && CategoryMapping.HasAny(mapping)))
        {
            unread.Add(pointer);
        }

        // The fields of categories come last: they were chosen to be without fault, and are there for what is asked for.
        var selected = expanded?.Fields.Where(field => mapping[field.Index]!.Category is not null).Select(field => field.Entry.To) ?? [];
        foreach (var fault in rules.Check([.. mapping.Select(entry => entry is { Category: null } ? entry.To : ""), .. selected], pointer))
        {
            if (!unread.Contains(fault.Pointer))
            {
                yield return fault;
            }
        }

        if (mode is not DestinationMode.Events && !mapping.Any(entry => entry is null or { Identifier: true }))
        {
            yield return new(
                pointer, "identifier_missing",
                "No entry says by which field the platform finds a member, so nobody could be removed. Set \"identifier\": true on one, such as {\"from\":\"id\",\"to\":\"user_id\",\"identifier\":true}.");
        }
    }

    /// <summary>Faults of the sources: internal columns are refused.</summary>
    public static IEnumerable<Fault> CheckSources(ImmutableArray<MappingEntry?> mapping, string pointer) =>
        from source in Sources(mapping, pointer)
        where ProfileColumns.IsInternal(source.Name)
        select new Fault(source.Pointer, "unknown_attribute", $"'{source.Name}' is not an attribute: no attribute's name begins with '$'.");

    /// <summary>Sources that a query does not give.</summary>
    public static IEnumerable<Fault> CheckColumns(ImmutableArray<MappingEntry?> mapping, IReadOnlySet<string> columns, string pointer) =>
        from source in Sources(mapping, pointer)
        where !columns.Contains(source.Name) && !ProfileColumns.IsInternal(source.Name) && !IsMadeOfId(source.Name)
        let nearest = NearestName.Of(source.Name, columns.Append(ProfileColumns.Id))
        select new Fault(
            source.Pointer, "unknown_column",
            $"The query gives no column '{source.Name}'. Select it there, or map another.{(nearest is null ? "" : $" Did you mean '{nearest}'?")}")
        {
            Suggestion = nearest,
        };

    /// <summary>Names of the columns that a mapping reads, apart from the id and what is made of it.</summary>
    public static IEnumerable<string> ColumnsOf(ImmutableArray<MappingEntry?> mapping) =>
        Sources(mapping, "").Select(source => source.Name).Where(name => !IsMadeOfId(name)).Distinct(StringComparer.Ordinal);

    private static bool IsMadeOfId(string name) => name is ProfileColumns.Id or ProfileColumns.TrackingId or ProfileColumns.UrlToken;

    /// <summary>Sources that no profile has had so far: it may still come, so it is a warning.</summary>
    public static IEnumerable<Fault> WarnOfUnknownSources(
        ImmutableArray<MappingEntry?> mapping, IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, string pointer) =>
        from source in Sources(mapping, pointer)
        where IsUnknown(source.Name, attributes)
        let nearest = NearestName.Of(source.Name, attributes.Keys.Concat(ProfileColumns.Reserved))
        select new Fault(
            source.Pointer, "unknown_attribute",
            $"No profile has had the attribute '{source.Name}' so far; the field stays empty.{(nearest is null ? "" : $" Did you mean '{nearest}'?")}")
        {
            Suggestion = nearest,
        };

    /// <summary>Categories that give no field, and attributes of the others that are left out.</summary>
    /// <param name="attributes">As for <see cref="CategoryMapping.Expand"/>.</param>
    public static IEnumerable<Fault> WarnOfCategories(
        ImmutableArray<MappingEntry?> mapping, ExpandedMapping expanded, IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, string pointer)
    {
        foreach (var (index, entry) in mapping.Index().Where(pair => pair.Item is { Category: not null }))
        {
            var at = $"{pointer}/{index}/category";
            var leftOut = expanded.LeftOut.Where(attribute => attribute.Index == index).ToList();
            if (leftOut.Count == 0 && !expanded.Fields.Any(field => field.Index == index) && !attributes.Keys.Concat(ProfileColumns.Identifiers).Any(name => AttributeNames.IsIn(name, entry!.Category!)))
            {
                var nearest = NearestName.Of(entry!.Category!, attributes.Keys.Select(AttributeNames.CategoryOf).Append(AttributeNames.Identifiers).Distinct());
                yield return new(at, "empty_category", $"There is no attribute of the category '{entry.Category}' so far; its fields come with them.{(nearest is null ? "" : $" Did you mean '{nearest}'?")}")
                {
                    Suggestion = nearest,
                };
            }

            foreach (var attribute in leftOut.Take(MostLeftOut))
            {
                yield return new(at, "attribute_left_out", $"'{attribute.Name}' is left out: {attribute.Why}");
            }

            if (leftOut.Count > MostLeftOut)
            {
                yield return new(at, "attribute_left_out", $"{leftOut.Count - MostLeftOut} further attributes of the category are left out.");
            }
        }
    }

    /// <summary>Fields that many members have no value for.</summary>
    public static IEnumerable<Fault> WarnOfLowFillRates(
        ImmutableArray<MappingEntry> mapping, FillSample sample, IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, string pointer)
    {
        foreach (var (index, entry) in mapping.Index())
        {
            // Of an attribute that nobody has ever had it is said already.
            var names = NamesOf(entry);
            if (names.IsEmpty || names.All(name => IsUnknown(name, attributes)) || sample.Filled[index] * 100 >= sample.Members * LowFillPercent)
            {
                continue;
            }

            var percent = sample.Filled[index] * 100 / sample.Members;
            var of = sample.IsWhole ? $"{sample.Whose} {sample.Members} members" : $"{sample.Members} members looked at";
            var then = entry.Identifier ? "who has none of the identifiers is not sent" : entry.Nulls is NullPolicy.Send ? "for the others it is cleared" : "for the others it is left out";
            yield return new($"{pointer}/{index}/{(entry.From is null ? "template" : "from")}", "low_fill_rate", $"{percent} % of {of} have a value for '{entry.To}' (less than {LowFillPercent} %); {then}.");
        }
    }

    /// <summary>Identifier flags on fields that the platform does not find people by.</summary>
    public static IEnumerable<Fault> WarnOfOtherIdentifiers(ImmutableArray<MappingEntry?> mapping, FieldRules rules, string pointer)
    {
        var names = rules.IdentifierNames.ToHashSet(StringComparer.Ordinal);
        if (names.Count == 0)
        {
            yield break;
        }

        foreach (var (index, entry) in mapping.Index())
        {
            if (entry is { Identifier: true } && !names.Contains(entry.To))
            {
                yield return new($"{pointer}/{index}/identifier", "not_an_identifier", $"The platform does not find people by '{entry.To}', but by {string.Join(", ", names)}.");
            }
        }
    }

    /// <summary>Fields that are fed from values of a type that the platform does not take there.</summary>
    public static IEnumerable<Fault> CheckTypes(
        ImmutableArray<MappingEntry?> mapping, FieldRules rules, IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, string pointer)
    {
        foreach (var (index, entry) in mapping.Index())
        {
            if (entry is null or { Category: not null } || TypesOf(entry, attributes) is not { IsDefaultOrEmpty: false } types)
            {
                continue;
            }

            var at = $"{pointer}/{index}/{(entry.From is not null ? "from" : entry.Template is not null ? "template" : "value")}";
            var holds = $"{(entry.From is { } from ? $"'{from}' holds" : entry.Template is not null ? "a template gives" : "the constant is")} {string.Join(" or ", types.Select(JsonFields.Spelling))}";
            if (rules.Identifiers.FirstOrDefault(rule => rule.Field == entry.To) is { } identifier)
            {
                if (!types.Any(type => type is CellType.Text || (type is CellType.Integer && identifier.Source != Identifier.Email)))
                {
                    yield return new(at, "type_clash", $"'{entry.To}' identifies people by a text, but {holds}. Map another attribute, or a template.") { Suggestion = NameOf(identifier) };
                }
                else if (entry.From is { } source && source != identifier.Source.Name && ProfileColumns.IsIdentifier(source) && ProfileColumns.IsIdentifier(identifier.Source.Name))
                {
                    yield return new(at, "type_clash", $"'{entry.To}' takes {identifier.Source.Name}, but '{source}' is another identifier. Map '{identifier.Source.Name}'.") { Suggestion = identifier.Source.Name };
                }
            }
            else if (rules.Typed.FirstOrDefault(field => field.Name == entry.To) is { } typed && !types.Any(type => Fits(type, typed.Type, entry.Template is not null)))
            {
                yield return new(at, "type_clash", $"'{entry.To}' takes {Describe(typed.Type)}, but {holds}. Map another attribute.");
            }
        }
    }

    private static string? NameOf(IdentifierRule identifier) => ProfileColumns.Reserved.Contains(identifier.Source.Name) ? identifier.Source.Name : null;

    /// <summary>Null or empty where the type is not known.</summary>
    private static ImmutableArray<CellType> TypesOf(MappingEntry entry, IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes) =>
        entry.Template is not null ? [CellType.Text]
        : entry.From is not { } from ? [entry.Value.Type]
        : ProfileColumns.Reserved.Contains(from) ? [CellType.Text]
        : attributes.TryGetValue(from, out var types) ? types
        : [];

    /// <param name="isTemplate">A template may spell a day: what it gives for a date is taken.</param>
    private static bool Fits(CellType type, FieldType field, bool isTemplate) => field switch
    {
        FieldType.Number => type is CellType.Integer or CellType.Decimal,
        FieldType.Boolean => type is CellType.Boolean,
        FieldType.Date => type is CellType.Date or CellType.DateTime || (isTemplate && type is CellType.Text),
        FieldType.TextList => type is CellType.TextList,
        _ => type is not CellType.TextList,
    };

    private static string Describe(FieldType type) => type switch
    {
        FieldType.Number => "a number",
        FieldType.Boolean => "true or false",
        FieldType.Date => "a day or moment",
        FieldType.TextList => "a list of texts",
        _ => "a single value",
    };

    private static bool IsUnknown(string name, IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes) =>
        !ProfileColumns.IsInternal(name) && !ProfileColumns.Reserved.Contains(name) && !attributes.ContainsKey(name);

    /// <summary>The names that an entry reads.</summary>
    public static ImmutableArray<string> NamesOf(MappingEntry entry) =>
        entry.From is { } from ? [from]
        : entry.Template is { } text && MappingTemplate.Parse(text, "", []) is { } template ? template.Names
        : [];

    private static IEnumerable<(string Name, string Pointer)> Sources(ImmutableArray<MappingEntry?> mapping, string pointer)
    {
        foreach (var (index, entry) in mapping.Index())
        {
            foreach (var name in entry is null ? [] : NamesOf(entry))
            {
                yield return (name, $"{pointer}/{index}/{(entry!.From is null ? "template" : "from")}");
            }
        }
    }
}
