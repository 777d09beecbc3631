using System.Text.Json;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.Platforms;

/// <summary>Reading bodies that may be anything.</summary>
internal static class JsonReading
{
    extension(JsonNode? node)
    {
        /// <summary>The member of that name; null when there is none, or this is no object.</summary>
        public JsonNode? At(string name) => node is JsonObject json && json.TryGetPropertyValue(name, out var value) ? value : null;

        /// <summary>The text of the member of that name; numbers in their digits.</summary>
        public string? Text(string name) => node.At(name).Text();

        public string? Text() => node?.GetValueKind() switch
        {
            JsonValueKind.String => node.GetValue<string>(),
            JsonValueKind.Number => node.ToJsonString(),
            _ => null,
        };

        public bool IsText => node?.GetValueKind() is JsonValueKind.String;

        public bool? Flag(string name) => node.At(name)?.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        };

        /// <summary>The elements of the array of that name; none when it is no array.</summary>
        public IReadOnlyList<JsonNode?> Items(string name) => node.At(name) is JsonArray array ? [.. array] : [];

        public IReadOnlyList<JsonNode?> Items() => node is JsonArray array ? [.. array] : [];

        /// <summary>The texts in the array of that name.</summary>
        public List<string> Texts(string name) => [.. node.Items(name).Select(item => item.Text()).OfType<string>()];

        /// <summary>The members of the object of that name; none when it is no object.</summary>
        public IEnumerable<KeyValuePair<string, JsonNode?>> Fields(string name) => node.At(name) is JsonObject json ? json : [];
    }
}
