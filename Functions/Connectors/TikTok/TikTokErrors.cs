using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.TikTok;

/// <summary>What an answer of the API for Business means. Its code decides: the HTTP status is 200 also for failures.</summary>
/// <remarks>business-api.tiktok.com/portal/docs, "Return codes" and "Rate limiting" (v1.3, read 2026-08). There is no header that says how long to wait.</remarks>
internal static class TikTokErrors
{
    private const int Ok = 0;

    /// <summary>Null for success.</summary>
    public static DeliveryOutcome? Read(ConnectorResponse response)
    {
        if (response.Json is not { ValueKind: JsonValueKind.Object } json || json.NumberAt("code") is not { } number)
        {
            return ResponseRules.Failure(response) ?? new DeliveryOutcome.Failed("unexpected_answer", "TikTok's answer has no code.");
        }

        var code = string.Create(CultureInfo.InvariantCulture, $"tiktok_{number}");
        var detail = json.TextAt("message") ?? "TikTok gave no reason.";
        return number switch
        {
            Ok => null,
            20001 => new DeliveryOutcome.Failed(code, "TikTok took a part of the call and does not say which."), // repeating it does no harm
            40016 or 40100 or 40132 or 40133 => new DeliveryOutcome.Throttled(WaitFor(detail, response.ReceivedAt), code),
            40101 or 40102 or 40104 or 40105 or 40106 or 40110 or 40113 or 40115 or 40116 => new DeliveryOutcome.Unauthorized(code, detail),
            40001 or 40118 or 40119 or 40125 => new DeliveryOutcome.Unauthorized(code, detail), // no permission
            40200 or 40201 or 40202 or 40700 or (>= 50000 and <= 69999) => new DeliveryOutcome.Failed(code, detail),

            // One code for bad parameters of all kinds: only the words tell an audience that is being processed, or is none, from a row at fault.
            40002 when detail.Contains("not editable", StringComparison.OrdinalIgnoreCase) => new DeliveryOutcome.Failed(code, detail),
            40002 when detail.Contains("audience", StringComparison.OrdinalIgnoreCase) => new DeliveryOutcome.Misconfigured(code, detail),
            40000 or 40002 => new DeliveryOutcome.Refused(code, detail),
            (>= 40006 and <= 40011) or 40050 or 40051 or 40300 or 40301 or (>= 40900 and <= 40999) or 41000 or 41001 => new DeliveryOutcome.Misconfigured(code, detail),
            _ => ResponseRules.Failure(response) switch
            {
                DeliveryOutcome.Failed => new DeliveryOutcome.Failed(code, detail),
                DeliveryOutcome.Throttled throttled => throttled with { Code = code },
                DeliveryOutcome.Unauthorized => new DeliveryOutcome.Unauthorized(code, detail),
                DeliveryOutcome.Misconfigured => new DeliveryOutcome.Misconfigured(code, detail),
                _ => new DeliveryOutcome.Refused(code, detail),
            },
        };
    }

    /// <summary>TikTok's own advice: the next second, five minutes, or the next day in UTC, by the limit that was met.</summary>
    private static TimeSpan? WaitFor(string detail, DateTimeOffset now)
    {
        var untilTomorrow = now.UtcDateTime.Date.AddDays(1) - now.UtcDateTime;
        return Says("qps") || Says("per second") ? TimeSpan.FromSeconds(1)
            : Says("minute") ? TimeSpan.FromMinutes(5)
            : Says("day") || Says("daily") ? (untilTomorrow < WaitHint.Longest ? untilTomorrow : WaitHint.Longest)
            : null;

        bool Says(string word) => detail.Contains(word, StringComparison.OrdinalIgnoreCase);
    }
}
