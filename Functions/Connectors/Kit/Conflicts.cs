using System.Text.Json;
using System.Text.RegularExpressions;

namespace AudienceSync.Connectors.Kit;

/// <summary>Creates that met somebody who exists: the row goes on, to the step that updates.</summary>
public static partial class Conflicts
{
    /// <summary>
    /// Of a 409 that says under which id the person exists: <see cref="RowAnswer.Known"/> with it. Read are <c>errors[].meta.duplicate_profile_id</c>
    /// (Klaviyo), and in the text <c>Existing ID: 101</c> (HubSpot), <c>already exists with id=6064…</c> (Intercom). Null for any other answer.
    /// </summary>
    public static StepResult? Read(ConnectorResponse response) => response.Status == 409 && IdIn(response) is { } id ? (StepResult)RowAnswer.Known(id) : null;

    private static string? IdIn(ConnectorResponse response) => MetaIdIn(response) is { } id ? id : ExistingId().Match(response.Text) is { Success: true } match ? match.Groups[1].Value : null;

    private static string? MetaIdIn(ConnectorResponse response)
    {
        try
        {
            using var json = JsonDocument.Parse(response.Body);
            return json.RootElement.ValueKind is JsonValueKind.Object && json.RootElement.TryGetProperty("errors", out var errors) && errors.ValueKind is JsonValueKind.Array
                ? errors.EnumerateArray().Select(IdOf).FirstOrDefault(id => id is { Length: > 0 })
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? IdOf(JsonElement error) =>
        error.ValueKind is JsonValueKind.Object
        && error.TryGetProperty("meta", out var meta) && meta.ValueKind is JsonValueKind.Object
        && meta.TryGetProperty("duplicate_profile_id", out var id) && id.ValueKind is JsonValueKind.String
            ? id.GetString()
            : null;

    [GeneratedRegex(@"(?:existing id:\s*|already exists with id=)([A-Za-z0-9_-]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ExistingId();
}
