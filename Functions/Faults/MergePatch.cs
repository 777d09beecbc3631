using System.Text.Json;
using System.Text.Json.Nodes;

namespace AudienceSync.Faults;

/// <summary>Applies a JSON merge patch (RFC 7396): objects are merged member by member, everything else replaces.</summary>
public static class MergePatch
{
    /// <summary>The patched copy of <paramref name="current"/>.</summary>
    /// <remarks>A member set to <c>null</c> stays as <c>null</c> instead of vanishing: a reader that takes null for absent sees what the
    /// standard asks for, and one for whom null means "off" (a guard) can tell it from "not given".</remarks>
    public static JsonElement Apply(JsonElement current, JsonElement patch)
    {
        var merged = Merge(ToNode(current), ToNode(patch));
        using var document = JsonDocument.Parse(merged?.ToJsonString() ?? "null");
        return document.RootElement.Clone();
    }

    /// <summary>A copy of an object without one member; anything else as it is.</summary>
    public static JsonElement Without(JsonElement json, string name)
    {
        if (json.ValueKind is not JsonValueKind.Object || !json.TryGetProperty(name, out _))
        {
            return json;
        }

        var copy = JsonObject.Create(json)!;
        copy.Remove(name);
        return JsonElement.Parse(copy.ToJsonString());
    }

    private static JsonNode? Merge(JsonNode? current, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var merged = current is JsonObject ? current.DeepClone().AsObject() : [];
        foreach (var (name, change) in changes)
        {
            merged[name] = Merge(merged[name], change);
        }

        return merged;
    }

    private static JsonNode? ToNode(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(json),
        JsonValueKind.Array => JsonArray.Create(json),
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        _ => JsonValue.Create(json),
    };
}
