using System.Text.Json;
using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Criteo;

/// <summary>What an answer of Criteo means. A 200 of a bulk call may carry errors; a deprecation shows among the warnings only.</summary>
/// <remarks>developers.criteo.com/marketing-solutions/docs/api-error-types (2026-07, read 2026-08).</remarks>
internal static partial class CriteoErrors
{
    /// <summary>Null for success.</summary>
    public static DeliveryOutcome? Read(ConnectorResponse response)
    {
        var error = Errors(response).FirstOrDefault();
        if (response.IsSuccess && error.ValueKind is JsonValueKind.Undefined)
        {
            return null;
        }

        var code = error.TextAt("code") is { } given && CodeForm().IsMatch(given) ? given : $"http_{response.Status}";
        var detail = error.TextAt("detail") ?? error.TextAt("title") ?? ResponseRules.Describe(response);
        return (error.TextAt("type"), response.Status) switch
        {
            ("quota", _) or (_, 429) => new DeliveryOutcome.Throttled(response.RetryAfter, code),
            (_, 401) or (_, 403) => new DeliveryOutcome.Unauthorized(code, detail),
            (_, 404) or (_, 410) => new DeliveryOutcome.Misconfigured(code, detail),
            (_, 400) or (_, 413) or (_, 422) => new DeliveryOutcome.Refused(code, detail),
            (_, >= 500) => new DeliveryOutcome.Failed(code, detail),
            ("availability", _) => new DeliveryOutcome.Failed(code, detail),
            ("access-control" or "authentication" or "authorization", _) => new DeliveryOutcome.Unauthorized(code, detail),
            ("validation", _) => new DeliveryOutcome.Refused(code, detail),
            _ => ResponseRules.Failure(response) ?? new DeliveryOutcome.Failed(code, detail),
        };
    }

    public static bool HasCode(ConnectorResponse response, string code) => Errors(response).Any(error => error.TextAt("code") == code);

    /// <summary>A code is counted and shown: it is taken only where it looks like one.</summary>
    [GeneratedRegex("^[a-z][a-z0-9-]{0,63}$")]
    private static partial Regex CodeForm();

    private static IEnumerable<JsonElement> Errors(ConnectorResponse response) =>
        response.Json is { } json ? json.ItemsAt("errors").Where(error => error.ValueKind is JsonValueKind.Object) : [];
}
