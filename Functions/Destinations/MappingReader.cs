using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Profiles.Attributes;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>Reads the entries of <c>mapping</c>.</summary>
internal static class MappingReader
{
    private const int MaxSourceLength = 128;

    private static readonly string[] Sources = ["from", "template", "value", "category"];

    /// <summary>Null when there is no mapping; an entry that cannot be read is null, so that the others keep their places.</summary>
    public static ImmutableArray<MappingEntry?>? Read(JsonFields parent, ICollection<Fault> faults)
    {
        if (parent.Items("mapping", MappingEntry.MaxEntries) is not { } items)
        {
            return null;
        }

        var pointer = parent.PointerTo("mapping");
        return [.. items.Select((item, index) => ReadEntry(item, JsonFields.PointerTo(pointer, index.ToString(CultureInfo.InvariantCulture)), faults))];
    }

    private static MappingEntry? ReadEntry(JsonElement json, string pointer, ICollection<Fault> faults)
    {
        var before = faults.Count;
        if (JsonFields.Open(json, pointer, faults) is not { } fields)
        {
            return null;
        }

        var from = fields.Text("from", MaxSourceLength);
        var template = fields.Text("template", MappingTemplate.MaxLength);
        var value = ReadValue(fields);
        var category = fields.Text("category", MaxSourceLength);
        var to = fields.Text("to", MappingEntry.MaxTargetLength) ?? (category is null || fields.Any("to") is not null ? null : CategoryMapping.DefaultTarget);
        var identifier = fields.Flag("identifier");
        var strategy = fields.Choice<IdentifierStrategy>("strategy") ?? IdentifierStrategy.Last;
        var nulls = fields.Choice<NullPolicy>("nulls");
        var setOnce = fields.Flag("setOnce") ?? false;
        fields.RefuseUnknown("a mapping entry");
        if (string.IsNullOrWhiteSpace(to) && fields.Any("to") is null or { ValueKind: JsonValueKind.String })
        {
            fields.Refuse("to", "required", "Name the field of the platform that this fills.");
        }

        CheckSource(fields, from, template, faults);
        CheckCategory(fields, category, to, identifier is true, faults);
        CheckStrategy(fields, strategy, from, identifier is true);
        CheckPolicies(fields, identifier is true, nulls, setOnce);
        return faults.Count > before ? null : new()
        {
            From = from,
            Template = template,
            Value = value,
            Category = category?.Trim(),
            To = to!,
            Identifier = identifier ?? false,
            Strategy = strategy,
            Nulls = nulls ?? NullPolicy.Omit,
            SetOnce = setOnce,
        };
    }

    private static void CheckCategory(JsonFields fields, string? category, string? to, bool identifier, ICollection<Fault> faults)
    {
        if (category is null)
        {
            return;
        }

        if (string.IsNullOrWhiteSpace(category))
        {
            fields.Refuse("category", "required", $"Name a category of attributes. GET /api/v1/catalog/attributes shows the one of each; those without a prefix are in '{AttributeNames.General}'.");
        }

        if (identifier)
        {
            fields.Refuse("identifier", "policy_conflict", "A category has many fields, and the platform finds a member by certain ones. Give the identifier an entry of its own.");
        }

        if (string.IsNullOrWhiteSpace(to) || MappingTemplate.Parse(to, fields.PointerTo("to"), faults) is not { } target)
        {
            return;
        }

        foreach (var name in target.Names.Except(CategoryMapping.Places))
        {
            fields.Refuse("to", "unknown_name", $"'{name}' is not known here; there are {string.Join(", ", CategoryMapping.Places)}.{NearestName.Suggestion(name, CategoryMapping.Places)}");
        }

        if (!target.Names.Intersect(CategoryMapping.Telling).Any())
        {
            fields.Refuse("to", "name_missing", "All attributes of the category would go into one field. Write {{name}}, or {{suffix}} for the name without the category.");
        }
    }

    private static void CheckStrategy(JsonFields fields, IdentifierStrategy strategy, string? from, bool identifier)
    {
        if (strategy is IdentifierStrategy.Last)
        {
            return;
        }

        if (from is null || !ProfileColumns.IsIdentifier(from))
        {
            fields.Refuse(
                "strategy", "strategy_conflict",
                $"'{JsonFields.Spelling(strategy)}' chooses among the values of an identifier, so 'from' must name one: {string.Join(", ", ProfileColumns.Identifiers)}. Leave 'strategy' out for anything else.");
        }
        else if (strategy is IdentifierStrategy.All && !identifier)
        {
            fields.Refuse("strategy", "strategy_conflict", "'all' makes a row of each value, and the platform must tell the rows apart by it. Set \"identifier\": true.");
        }
    }

    private static void CheckPolicies(JsonFields fields, bool identifier, NullPolicy? nulls, bool setOnce)
    {
        if (identifier && nulls is NullPolicy.Send)
        {
            fields.Refuse("nulls", "policy_conflict", "An identifier finds the member: one that is missing is left out and never sent as null. Leave 'nulls' out.");
        }

        if (identifier && setOnce)
        {
            fields.Refuse("setOnce", "policy_conflict", "An identifier is sent each time, so that the member is found. Leave 'setOnce' out.");
        }

        if (setOnce && nulls is NullPolicy.Send)
        {
            fields.Refuse("setOnce", "policy_conflict", "A field that is set once is never cleared. Keep 'setOnce' or \"nulls\": \"send\".");
        }
    }

    private static Cell ReadValue(JsonFields fields)
    {
        if (fields.Any("value") is not { } json)
        {
            return default;
        }

        if (!CellJson.TryRead(json, out var cell, out var reason))
        {
            fields.Refuse("value", JsonFields.WrongType, reason!);
        }

        return cell;
    }

    private static void CheckSource(JsonFields fields, string? from, string? template, ICollection<Fault> faults)
    {
        var given = Sources.Where(name => fields.Any(name) is not null).ToList();
        if (given.Count != 1)
        {
            faults.Add(new(fields.Pointer, given.Count == 0 ? "required" : "source_ambiguous", given.Count == 0
                ? "Say where the value comes from: 'from' (an attribute or identifier), 'template', 'value' or 'category'."
                : $"'{string.Join("' and '", given)}' are both given; an entry has exactly one of them."));
        }

        if (from?.Length == 0)
        {
            fields.Refuse("from", "required", "Name an attribute or identifier of the profile.");
        }

        if (template is { Length: <= MappingTemplate.MaxLength })
        {
            MappingTemplate.Parse(template, fields.PointerTo("template"), faults);
        }
    }
}
