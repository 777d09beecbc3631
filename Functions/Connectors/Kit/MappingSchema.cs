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
        ["items"] = Entry(rules),
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
            ["nulls"] = new JsonObject { ["description"] = "What a missing value becomes.", ["enum"] = new JsonArray("omit", "send"), ["default"] = "omit" },
            ["setOnce"] = Flag("Sent when the member is added and never again."),
        },
        ["required"] = new JsonArray("to"),
        ["oneOf"] = new JsonArray(Alone("from"), Alone("template"), Alone("value")),
        ["additionalProperties"] = false,
    };

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

    /// <summary>What must be mapped.</summary>
    private static IEnumerable<JsonObject> Needs(FieldRules rules)
    {
        foreach (var name in rules.Required)
        {
            yield return Contains([name], min: 1, max: null);
        }

        switch (rules.Need)
        {
            case IdentifierNeed.AllOf:
                foreach (var name in rules.IdentifierNames)
                {
                    yield return Contains([name], min: 1, max: null);
                }

                break;
            case IdentifierNeed.AtLeastOneOf:
                yield return Contains(rules.IdentifierNames, min: 1, max: null);
                break;
            case IdentifierNeed.ExactlyOneOf:
                yield return Contains(rules.IdentifierNames, min: 1, max: 1);
                break;
        }
    }

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
