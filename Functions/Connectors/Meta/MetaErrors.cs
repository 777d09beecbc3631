using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Meta;

/// <summary>What an error of the Graph API means. Its code decides, not the HTTP status: throttles and bad tokens come as 400.</summary>
/// <remarks>
/// developers.facebook.com/docs/graph-api/guides/error-handling, .../marketing-api/error-reference, .../reference/custom-audience (error codes),
/// .../graph-api/overview/rate-limiting (v25.0, read 2026-08).
/// </remarks>
internal static class MetaErrors
{
    /// <summary>Null for an answer without an error.</summary>
    public static DeliveryOutcome? Read(ConnectorResponse response)
    {
        if (response.Json is { ValueKind: JsonValueKind.Object } json)
        {
            if (json.At("error") is { ValueKind: JsonValueKind.Object } error && error.NumberAt("code") is { } code)
            {
                return Of(response, error, code, error.NumberAt("error_subcode") ?? 0);
            }

            return ResponseRules.Failure(response);
        }

        // Faults at the edge answer with a page, under any status.
        return response.Status is 401 or 403 or 429 ? ResponseRules.Failure(response)
            : new DeliveryOutcome.Failed($"http_{response.Status}", "Meta answered with something that is not JSON.");
    }

    private static DeliveryOutcome Of(ConnectorResponse response, JsonElement error, long number, long sub)
    {
        var code = string.Create(CultureInfo.InvariantCulture, $"graph_{number}{(sub == 0 ? "" : $"_{sub}")}");
        var detail = Detail(error);
        return (number, sub) switch
        {
            (4 or 17 or 32 or 613 or (>= 80000 and <= 80014), _) => new DeliveryOutcome.Throttled(RetryAfter(response), code),
            (102 or 190, _) => new DeliveryOutcome.Unauthorized(code, detail),
            (1 or 2 or 341 or 368 or 5000 or 21009, _) => new DeliveryOutcome.Failed(code, detail),
            _ when error.At("is_transient") is { ValueKind: JsonValueKind.True } => new DeliveryOutcome.Failed(code, detail),

            // Permission missing or withdrawn; the audience is not there, not ours, or closed to uploads; terms not accepted.
            (3 or 10 or (>= 200 and <= 299) or 294, _) => new DeliveryOutcome.Misconfigured(code, detail),
            (100, 33 or 1713230) or (471 or 2650 or 2655 or 1487301 or 1487366, _) => new DeliveryOutcome.Misconfigured(code, detail),
            (100, _) when detail.Contains(MetaColumns.LookalikeValue, StringComparison.Ordinal) => new DeliveryOutcome.Misconfigured(code, detail),

            (100 or 105, _) => new DeliveryOutcome.Refused(code, detail),
            _ => Unknown(response, code, detail),
        };
    }

    private static DeliveryOutcome Unknown(ConnectorResponse response, string code, string detail) => ResponseRules.Failure(response) switch
    {
        DeliveryOutcome.Throttled => new DeliveryOutcome.Throttled(RetryAfter(response), code),
        DeliveryOutcome.Unauthorized => new DeliveryOutcome.Unauthorized(code, detail),
        DeliveryOutcome.Refused => new DeliveryOutcome.Refused(code, detail),
        DeliveryOutcome.Misconfigured => new DeliveryOutcome.Misconfigured(code, detail),
        _ => new DeliveryOutcome.Failed(code, detail),
    };

    /// <summary>What is meant for people comes first.</summary>
    private static string Detail(JsonElement error)
    {
        var texts = new[] { error.TextAt("error_user_title"), error.TextAt("error_user_msg") }.Where(text => !string.IsNullOrWhiteSpace(text)).ToArray();
        return texts.Length > 0 ? string.Join(": ", texts) : error.TextAt("message") ?? "Meta gave no reason.";
    }

    /// <summary>Minutes until calls are taken again, from the usage header; it lists the use cases by account.</summary>
    private static TimeSpan? RetryAfter(ConnectorResponse response)
    {
        long minutes = 0;
        if (response.Header("X-Business-Use-Case-Usage") is { } usage)
        {
            try
            {
                using var document = JsonDocument.Parse(usage);
                minutes = document.RootElement.ValueKind is JsonValueKind.Object
                    ? document.RootElement.EnumerateObject()
                        .SelectMany(account => account.Value.ValueKind is JsonValueKind.Array ? account.Value.EnumerateArray() : default)
                        .Select(useCase => useCase.NumberAt("estimated_time_to_regain_access") ?? 0)
                        .DefaultIfEmpty().Max()
                    : 0;
            }
            catch (JsonException)
            {
                // A header we cannot read is no hint.
            }
        }

        return minutes <= 0 ? response.RetryAfter
            : minutes >= WaitHint.Longest.TotalMinutes ? WaitHint.Longest
            : TimeSpan.FromMinutes(minutes);
    }
}
