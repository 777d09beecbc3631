using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Config;

/// <summary>JSON of documents and plans.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = ConfigNodes.MaxDepth,
    Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(ConfigView))]
[JsonSerializable(typeof(ConfigPlan))]
internal sealed partial class ConfigJson : JsonSerializerContext;

/// <summary>Documents as trees that can be changed.</summary>
internal static class ConfigNodes
{
    /// <summary>Levels of JSON. A rule at its deepest takes twice its depth, and stands within a document.</summary>
    public const int MaxDepth = 256;

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = MaxDepth };

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As the services read requests.</summary>
    public static JsonElement ToElement(JsonNode node)
    {
        // Not disposed: the buffer under the element is its own, not rented.
        return JsonDocument.Parse(ToUtf8(node), Deep).RootElement;
    }

    public static byte[] ToUtf8(JsonNode node)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Plain))
        {
            node.WriteTo(writer);
        }

        return stream.ToArray();
    }

    public static JsonNode? ToNode(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(json),
        JsonValueKind.Array => JsonArray.Create(json),
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        _ => JsonValue.Create(json),
    };

    /// <summary>The members of those names, in that order; those without a value are left out.</summary>
    public static JsonObject Pick(JsonElement json, params ReadOnlySpan<string> names)
    {
        var picked = new JsonObject();
        foreach (var name in names)
        {
            if (json.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null)
            {
                picked[name] = ToNode(value);
            }
        }

        return picked;
    }

    /// <summary>What a JSON pointer leads to; null when it leads nowhere.</summary>
    public static JsonNode? At(JsonNode? node, string pointer) => pointer.Split('/').Skip(1).Aggregate(node, (at, name) => at switch
    {
        JsonObject form => form[name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)],
        JsonArray list when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < list.Count => list[index],
        _ => null,
    });

    /// <summary>The text that the node is; null when it is anything else.</summary>
    public static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
