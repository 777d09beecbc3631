using System.Text.Json.Nodes;

namespace AudienceSync.Connectors.Kit;

/// <summary>JSON Schema (2020-12) of a mapping for one connector: the shape of an entry, and the card's rules for targets.</summary>
/// <remarks>What a schema cannot say (types of attributes, targets nobody knows twice) <c>POST /destinations/validate</c> does.</remarks>
internal static class MappingSchema
{
    public const int MaxEntries = 200;
    public const int MaxTargetLength = 128;

    public static JsonObject Of(FieldRules rules) => new()
    {
        ["$schema"] = SettingsSchema.Dialect,
        ["type"] = "array",
        ["maxItems"] = MaxEntries,
        ["items"] = new JsonObject { ["anyOf"] = new JsonArray(Entry(rules), Category()) },
        ["allOf"] = new JsonArray([.. Needs(rules), .. Once(rules)]),
    };

    private static JsonObject Entry(FieldRules rules) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["from"] = Text("An attribute or identifier of the profile, id, trackingId or urlToken.", 128),
            ["template"] = Text("A text with places to fill: {{firstName | capitalize}} {{lastName}}.", 2_048),
            ["value"] = new JsonObject
            {
                ["description"] = "A constant.",
                ["type"] = new JsonArray("string", "number", "boolean", "array"),
                ["items"] = new JsonObject { ["type"] = "string" },
            },
            ["to"] = Target(rules),
            ["identifier"] = Flag("The platform finds the member by this field; removals carry it."),
            ["strategy"] = new JsonObject
            {
                ["description"] = "Which value of an identifier that has several: the one seen last or first, or all of them, a row each.",
                ["enum"] = new JsonArray("last", "first", "all"),
                ["default"] = "last",
            },
            ["nulls"] = Nulls(),
            ["setOnce"] = SetOnce(),
        },
        ["required"] = new JsonArray("to"),
        ["oneOf"] = new JsonArray(Alone("from"), Alone("template"), Alone("value")),
        ["additionalProperties"] = false,
    };

    private static JsonObject Category() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["category"] = Text("A category of attributes: each gets a field, but for those with an entry of their own and those that the platform cannot take.", 128),
            ["to"] = new JsonObject
            {
                ["type"] = "string",
                ["maxLength"] = MaxTargetLength,
                ["pattern"] = @"\{\{\s*(name|suffix)\s*(\||\}\})",
                ["default"] = "{{name}}",
                ["description"] = "Makes the name of each field: {{name}} of the attribute, {{suffix}} without the category, {{category}}.",
            },
            ["identifier"] = new JsonObject { ["enum"] = new JsonArray(false) },
            ["strategy"] = new JsonObject { ["enum"] = new JsonArray("last") },
            ["nulls"] = Nulls(),
            ["setOnce"] = SetOnce(),
        },
        ["required"] = new JsonArray("category"),
        ["additionalProperties"] = false,
    };

    private static JsonObject Nulls() => new() { ["description"] = "What a missing value becomes.", ["enum"] = new JsonArray("omit", "send"), ["default"] = "omit" };

    private static JsonObject SetOnce() => Flag("Sent when the member is added and never again.");

    private static JsonObject Alone(string name) => new() { ["required"] = new JsonArray(name) };

    private static JsonObject Target(FieldRules rules)
    {
        var target = new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = MaxTargetLength, ["description"] = "The platform's field." };
        if (rules.OnlyKnown)
        {
            target["enum"] = Names(rules.Names);
        }
        else if (rules.NamePattern is { } pattern)
        {
            target["anyOf"] = new JsonArray(new JsonObject { ["enum"] = Names(rules.Names) }, new JsonObject { ["pattern"] = pattern });
        }

        if (!rules.OnlyKnown && rules.Names.Any())
        {
            target["examples"] = Names(rules.Names);
        }

        return target;
    }

    /// <summary>What must be mapped, unless a category may give it.</summary>
    private static IEnumerable<JsonObject> Needs(FieldRules rules)
    {
        foreach (var name in rules.Required)
        {
            yield return Needs([name]);
        }

        switch (rules.Need)
        {
            case IdentifierNeed.AllOf:
                foreach (var name in rules.IdentifierNames)
                {
                    yield return Needs([name]);
                }

                break;
            case IdentifierNeed.AtLeastOneOf:
                yield return Needs(rules.IdentifierNames);
                break;
            case IdentifierNeed.ExactlyOneOf:
                yield return Needs(rules.IdentifierNames);
                yield return Contains(rules.IdentifierNames, min: 0, max: 1);
                break;
        }
    }

    private static JsonObject Needs(IEnumerable<string> targets) =>
        new() { ["anyOf"] = new JsonArray(Contains(targets, min: 1, max: null), new JsonObject { ["contains"] = Alone("category") }) };

    /// <summary>No known field is mapped twice.</summary>
    private static IEnumerable<JsonObject> Once(FieldRules rules) => rules.Names.Select(name => Contains([name], min: 0, max: 1));

    private static JsonObject Contains(IEnumerable<string> targets, int min, int? max)
    {
        var rule = new JsonObject
        {
            ["contains"] = new JsonObject
            {
                ["properties"] = new JsonObject { ["to"] = new JsonObject { ["enum"] = Names(targets) } },
                ["required"] = new JsonArray("to"),
            },
            ["minContains"] = min,
        };
        if (max is { } most)
        {
            rule["maxContains"] = most;
        }

        return rule;
    }

    private static JsonObject Text(string description, int maxLength) =>
        new() { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = maxLength, ["description"] = description };

    private static JsonObject Flag(string description) => new() { ["type"] = "boolean", ["default"] = false, ["description"] = description };

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => (JsonNode)name)]);
}
