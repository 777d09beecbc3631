using System.Text.Json;

namespace AudienceSync.Connectors.Kit;

/// <summary>Reading answers whose shape is not to be relied on: what is not there, or is something else, is null or empty.</summary>
internal static class JsonElements
{
    extension(ConnectorResponse response)
    {
        /// <summary>The body as JSON; null when it is cut, empty, or something else.</summary>
        public JsonElement? Json
        {
            get
            {
                if (response.IsCut || response.Body.IsEmpty)
                {
                    return null;
                }

                try
                {
                    var reader = new Utf8JsonReader(response.Body.Span);
                    return JsonElement.ParseValue(ref reader);
                }
                catch (JsonException)
                {
                    return null;
                }
            }
        }
    }

    extension(JsonElement json)
    {
        /// <summary>The member of that name, along a path.</summary>
        public JsonElement? At(params ReadOnlySpan<string> path)
        {
            var at = json;
            foreach (var name in path)
            {
                if (at.ValueKind is not JsonValueKind.Object || !at.TryGetProperty(name, out at))
                {
                    return null;
                }
            }

            return at;
        }

        /// <summary>The text at that path; a number as it is spelled.</summary>
        public string? TextAt(params ReadOnlySpan<string> path) => json.At(path) switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString(),
            { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
            _ => null,
        };

        public long? NumberAt(params ReadOnlySpan<string> path) =>
            json.At(path) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : null;

        /// <summary>The items of the array at that path; the array itself for an empty path.</summary>
        public IEnumerable<JsonElement> ItemsAt(params ReadOnlySpan<string> path) =>
            json.At(path) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

        /// <summary>The texts of the array at that path.</summary>
        public IEnumerable<string> TextsAt(params ReadOnlySpan<string> path) =>
            json.ItemsAt(path).Where(item => item.ValueKind is JsonValueKind.String).Select(item => item.GetString()!);
    }
}
