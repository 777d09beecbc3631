using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AudienceSync.Connectors.Kit;

/// <summary>Checks a document against a JSON Schema (2020-12), as far as our schemas go. A keyword it does not know fails the test.</summary>
internal static class JsonSchemaCheck
{
    private static readonly HashSet<string> Annotations = ["$schema", "title", "description", "default", "examples", "format", "writeOnly"];

    public static bool IsValid(JsonNode schema, JsonNode? value)
    {
        foreach (var (keyword, rule) in schema.AsObject())
        {
            if (!Annotations.Contains(keyword) && !Holds(keyword, rule!, value, schema))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Holds(string keyword, JsonNode rule, JsonNode? value, JsonNode schema) => keyword switch
    {
        "type" => (rule is JsonArray types ? types.Select(type => type!.GetValue<string>()) : [rule.GetValue<string>()]).Any(type => IsOf(type, value)),
        "enum" => rule.AsArray().Any(item => JsonNode.DeepEquals(item, value)),
        "properties" => value is not JsonObject record || rule.AsObject().All(property => !record.ContainsKey(property.Key) || IsValid(property.Value!, record[property.Key])),
        "required" => value is not JsonObject required || rule.AsArray().All(name => required.ContainsKey(name!.GetValue<string>())),
        "additionalProperties" => value is not JsonObject closed || rule.GetValue<bool>() || closed.All(property => schema["properties"]!.AsObject().ContainsKey(property.Key)),
        "items" => value is not JsonArray items || items.All(item => IsValid(rule, item)),
        "maxItems" => value is not JsonArray many || many.Count <= rule.GetValue<int>(),
        "contains" => value is not JsonArray list || ContainsHolds(list.Count(item => IsValid(rule, item)), schema),
        "minContains" or "maxContains" => true,
        "allOf" => rule.AsArray().All(part => IsValid(part!, value)),
        "anyOf" => rule.AsArray().Any(part => IsValid(part!, value)),
        "oneOf" => rule.AsArray().Count(part => IsValid(part!, value)) == 1,
        "minLength" => Text(value) is not { } text || text.EnumerateRunes().Count() >= rule.GetValue<int>(),
        "maxLength" => Text(value) is not { } text || text.EnumerateRunes().Count() <= rule.GetValue<int>(),
        "pattern" => Text(value) is not { } text || Regex.IsMatch(text, rule.GetValue<string>(), RegexOptions.ECMAScript),
        "minimum" => value is null || value.GetValueKind() is not JsonValueKind.Number || Number(value) >= Number(rule),
        "maximum" => value is null || value.GetValueKind() is not JsonValueKind.Number || Number(value) <= Number(rule),
        _ => throw new ShouldAssertException($"The schema has a keyword nobody knows: {keyword}."),
    };

    private static bool ContainsHolds(int count, JsonNode schema) =>
        count >= (schema["minContains"]?.GetValue<int>() ?? 1) && count <= (schema["maxContains"]?.GetValue<int>() ?? int.MaxValue);

    private static string? Text(JsonNode? value) => value?.GetValueKind() is JsonValueKind.String ? value.GetValue<string>() : null;

    private static decimal Number(JsonNode value) => decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);

    private static bool IsOf(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) or ("number", JsonValueKind.Number) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) or ("null", JsonValueKind.Null) => true,
        ("integer", JsonValueKind.Number) => decimal.IsInteger(Number(value!)),
        _ => false,
    };
}
