using System.Text.Json.Nodes;

namespace AudienceSync.Config;

/// <summary>What a document shows of a secret: <c>{"set":true}</c>. In a document that is applied it means: keep the one there is.</summary>
internal static class SecretMark
{
    public static JsonObject Kept() => new() { ["set"] = true };

    public static bool IsKept(JsonNode? node) => node is JsonObject mark && mark["set"] is JsonValue value && value.TryGetValue<bool>(out var set) && set;
}
