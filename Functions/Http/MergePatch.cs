using System.Text.Json;
using System.Text.Json.Nodes;

namespace AudienceSync.Http;

/// <summary>JSON Merge Patch (RFC 7396): null removes, objects merge, everything else replaces, lists whole.</summary>
public static class MergePatch
{
    /// <summary>The patched document. <paramref name="target"/> may be changed on the way: go on with what comes back.</summary>
    public static JsonNode? Apply(JsonNode? target, JsonElement patch)
    {
        if (patch.ValueKind is not JsonValueKind.Object)
        {
            return ToNode(patch);
        }

        var patched = target as JsonObject ?? [];
        foreach (var property in patch.EnumerateObject())
        {
            if (property.Value.ValueKind is JsonValueKind.Null)
            {
                patched.Remove(property.Name);
                continue;
            }

            var old = patched[property.Name];
            var merged = Apply(old, property.Value);
            if (!ReferenceEquals(old, merged))
            {
                patched[property.Name] = merged;
            }
        }

        return patched;
    }

    private static JsonNode? ToNode(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.Array => JsonArray.Create(json),
        _ => JsonValue.Create(json),
    };
}
