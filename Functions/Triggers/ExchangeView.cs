using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Triggers;

/// <summary>One request to a platform and its answer, redacted; a body that is JSON is shown as JSON.</summary>
internal sealed record ExchangeView(ExchangeRequestView Request, ExchangeResponseView? Response, long Ms, string? Failure)
{
    public static ExchangeView Of(Exchange exchange) => new(
        new(exchange.Method, exchange.Url, Headers(exchange.RequestHeaders), Body(exchange.RequestBody)),
        exchange.Status == 0 ? null : new(exchange.Status, Headers(exchange.ResponseHeaders), Body(exchange.ResponseBody)),
        (long)exchange.Duration.TotalMilliseconds,
        exchange.Failure);

    private static Dictionary<string, string> Headers(IEnumerable<KeyValuePair<string, string>> headers) => headers
        .GroupBy(header => header.Key.ToLowerInvariant())
        .ToDictionary(group => group.Key, group => string.Join(", ", group.Select(header => header.Value)));

    private static JsonElement? Body(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return JsonElement.Parse(JsonSerializer.Serialize(text, ExchangeText.Default.String));
        }
    }
}

internal sealed record ExchangeRequestView(string Method, string Url, IReadOnlyDictionary<string, string> Headers, JsonElement? Body);

internal sealed record ExchangeResponseView(int Status, IReadOnlyDictionary<string, string> Headers, JsonElement? Body);

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class ExchangeText : System.Text.Json.Serialization.JsonSerializerContext;
