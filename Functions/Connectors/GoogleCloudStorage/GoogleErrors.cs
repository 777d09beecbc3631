using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Files;

namespace AudienceSync.Connectors.GoogleCloudStorage;

/// <summary>What an answer of the storage service means, in the JSON of one API or the XML of the other.</summary>
/// <remarks>cloud.google.com/storage/docs/json_api/v1/status-codes, read 2026-08.</remarks>
internal static class GoogleErrors
{
    /// <summary>Null for success, and for a file that is there already.</summary>
    public static DeliveryOutcome? Read(ConnectorResponse response)
    {
        if (response.Json is not { } json || json.ItemsAt("error", "errors").FirstOrDefault().TextAt("reason") is not { } reason)
        {
            return ObjectStoreErrors.Read(response);
        }

        var detail = json.TextAt("error", "message") ?? "Google gave no reason.";
        return response.Status switch
        {
            412 => null,
            429 => new DeliveryOutcome.Throttled(response.RetryAfter, reason),
            403 when reason is "rateLimitExceeded" or "userRateLimitExceeded" => new DeliveryOutcome.Throttled(response.RetryAfter, reason),
            408 or >= 500 => new DeliveryOutcome.Failed(reason, detail),
            401 or 403 => new DeliveryOutcome.Unauthorized(reason, detail),
            _ => new DeliveryOutcome.Misconfigured(reason, detail),
        };
    }
}
