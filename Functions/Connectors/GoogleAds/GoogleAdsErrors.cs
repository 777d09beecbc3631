using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.GoogleAds;

/// <summary>What an error of the Data Manager API means. A request is refused whole; it may say which members are at fault.</summary>
/// <remarks>developers.google.com/data-manager/api/devguides/concepts/errors and google/rpc/code.proto, read 2026-08.</remarks>
internal static partial class GoogleAdsErrors
{
    /// <summary>Null for success.</summary>
    public static DeliveryOutcome? Read(ConnectorResponse response, DeliveryBatch? batch = null)
    {
        if (response.IsSuccess)
        {
            return null;
        }

        var json = response.Json ?? default;
        var code = json.TextAt("error", "status") ?? $"http_{response.Status}";
        var detail = json.TextAt("error", "message") ?? ResponseRules.Describe(response);
        return (code, response.Status) switch
        {
            ("RESOURCE_EXHAUSTED", _) or (_, 429) => new DeliveryOutcome.Throttled(response.RetryAfter, code),
            ("ABORTED" or "INTERNAL" or "UNAVAILABLE" or "DEADLINE_EXCEEDED" or "UNKNOWN", _) or (_, 408 or 409 or >= 500) => new DeliveryOutcome.Failed(code, detail),
            _ when Text(json).Contains("CONCURRENT_MODIFICATION", StringComparison.Ordinal) => new DeliveryOutcome.Failed("CONCURRENT_MODIFICATION", detail),
            (_, 401 or 403) => new DeliveryOutcome.Unauthorized(code, detail),
            (_, 400) => Violations(json, batch) ?? new DeliveryOutcome.Refused(code, detail),
            (_, 413) => new DeliveryOutcome.Refused(code, detail),
            _ => new DeliveryOutcome.Misconfigured(code, detail),
        };
    }

    public static bool IsAlreadyThere(ConnectorResponse response) =>
        !response.IsSuccess && response.Json is { } json && (json.TextAt("error", "status") is "ALREADY_EXISTS" || Text(json).Contains("DUPLICATE_NAME", StringComparison.Ordinal)
            || Text(json).Contains("NAME_ALREADY_USED", StringComparison.Ordinal));

    /// <summary>Members named by their positions have their outcome, the rest is sent again; what is said of anything else is nobody's row's fault.</summary>
    private static DeliveryOutcome? Violations(JsonElement json, DeliveryBatch? batch)
    {
        var violations = json.ItemsAt("error", "details").SelectMany(detail => detail.ItemsAt("fieldViolations")).ToArray();
        if (violations.Length == 0)
        {
            return null;
        }

        var outcomes = new RowOutcome?[batch?.Rows.Length ?? 0];
        foreach (var violation in violations)
        {
            var reason = violation.TextAt("reason") ?? "INVALID_ARGUMENT";
            var detail = violation.TextAt("description") ?? "Google gave no reason.";
            if (reason is "INVALID_USER_LIST_TYPE" or "TERMS_AND_CONDITIONS_NOT_SIGNED"
                || Member().Match(violation.TextAt("field") ?? "") is not { Success: true } match
                || !int.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out var index)
                || index >= outcomes.Length)
            {
                return new DeliveryOutcome.Misconfigured(reason, detail);
            }

            outcomes[index] = new(RowFate.Rejected, reason, detail);
        }

        return new DeliveryOutcome.RefusedRows([.. outcomes], "INVALID_ARGUMENT", "Google refused the call because of some members.");
    }

    private static string Text(JsonElement json) => json.At("error") is { } error ? error.GetRawText() : "";

    [GeneratedRegex(@"^audience_?[mM]embers\[(\d{1,6})\]")]
    private static partial Regex Member();
}
