using System.Text.Json.Nodes;
using AudienceSync.Segments;

namespace AudienceSync.OpenApi;

/// <summary>Schemas of what converts itself: attribute values and rules.</summary>
internal static class WrittenSchemas
{
    private const string Value =
        """
        {"Value": {
          "description": "A value of a profile: integer, decimal, boolean, text (RFC 3339 date-times and dates among them) or list of texts. Null where there is none.",
          "anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]
        }}
        """;

    private const string Rule =
        """
        {
          "Rule": {
            "description": "A rule over profiles: a group, a comparison, a reference to another segment, or a random split. Rules nest up to 32 deep.",
            "anyOf": [
              {"$ref": "#/components/schemas/AllRule"}, {"$ref": "#/components/schemas/AnyRule"}, {"$ref": "#/components/schemas/NotRule"},
              {"$ref": "#/components/schemas/CompareRule"}, {"$ref": "#/components/schemas/SegmentRule"}, {"$ref": "#/components/schemas/BucketRule"}]
          },
          "AllRule": {
            "description": "Holds when each of the rules does.",
            "type": "object", "properties": {"all": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Rule"}}}, "required": ["all"], "additionalProperties": false
          },
          "AnyRule": {
            "description": "Holds when one of the rules does.",
            "type": "object", "properties": {"any": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Rule"}}}, "required": ["any"], "additionalProperties": false
          },
          "NotRule": {
            "description": "Holds when the rule does not.",
            "type": "object", "properties": {"not": {"$ref": "#/components/schemas/Rule"}}, "required": ["not"], "additionalProperties": false
          },
          "CompareRule": {
            "description": "Compares an attribute or an identifier of the profile, or its id.",
            "type": "object",
            "properties": {
              "attr": {"type": "string", "minLength": 1, "maxLength": 256},
              "op": {"type": "string", "description": "How it is compared. On a missing attribute a positive operator is false; each negative one is the exact negation of its twin."},
              "value": {"description": "What it is compared with: of the attribute's type; a list for `in` and `notIn`; two bounds for `between`; `{\"days\":60}` (or hours, weeks, months, years) for relative dates; nothing for `exists` and `notExists`."}
            },
            "required": ["attr", "op"], "additionalProperties": false
          },
          "SegmentRule": {
            "description": "Holds for the members of another segment.",
            "type": "object", "properties": {"segment": {"type": "string", "minLength": 1, "maxLength": 256, "description": "Its id."}}, "required": ["segment"], "additionalProperties": false
          },
          "BucketRule": {
            "description": "A random split that stays as it is: ids fall into 10,000 buckets by their salted hash.",
            "type": "object", "properties": {"bucket": {"$ref": "#/components/schemas/Bucket"}}, "required": ["bucket"], "additionalProperties": false
          },
          "Bucket": {
            "description": "The buckets from one to another.",
            "type": "object",
            "properties": {
              "salt": {"type": "string", "minLength": 1, "maxLength": 256, "description": "The text that tells this split from others."},
              "from": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 10000},
              "to": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 10000, "description": "Not included."}
            },
            "required": ["salt", "from", "to"], "additionalProperties": false
          }
        }
        """;

    /// <summary>The schema of that name and those that it refers to.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode>> Of(string name)
    {
        var parts = JsonNode.Parse(name switch
        {
            nameof(Value) => Value,
            nameof(Rule) => Rule,
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No schema is written for it."),
        })!.AsObject();
        if (name == nameof(Rule))
        {
            parts["CompareRule"]!["properties"]!["op"]!["enum"] = new JsonArray([.. RuleOperators.Names.Select(each => (JsonNode)each)]);
        }

        return parts.Select(part => KeyValuePair.Create(part.Key, part.Value!.DeepClone()));
    }
}
