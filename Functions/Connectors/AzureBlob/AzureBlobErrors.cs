using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.AzureBlob;

/// <summary>What an answer of the blob service means; a file stands or falls as a whole, so nothing is ever halved.</summary>
/// <remarks>learn.microsoft.com/rest/api/storageservices/blob-service-error-codes, read 2026-08. The code is in <c>x-ms-error-code</c>, also where there is no body.</remarks>
internal static class AzureBlobErrors
{
    /// <summary>Null for success.</summary>
    public static DeliveryOutcome? Read(ConnectorResponse response)
    {
        var code = response.Header("x-ms-error-code") ?? $"http_{response.Status}";
        return response switch
        {
            { IsSuccess: true } => null,
            { Status: 429 } => new DeliveryOutcome.Throttled(response.RetryAfter, code),
            { Status: 503 } when code is "ServerBusy" || response.RetryAfter is not null => new DeliveryOutcome.Throttled(response.RetryAfter, code),
            { Status: 408 or 409 or >= 500 } => new DeliveryOutcome.Failed(code, ResponseRules.Describe(response)),
            { Status: 401 or 403 } => new DeliveryOutcome.Unauthorized(code, ResponseRules.Describe(response)),
            { Status: 404 } => new DeliveryOutcome.Misconfigured(code, code is "ContainerNotFound"
                ? "The container does not exist. Create it, or name another."
                : ResponseRules.Describe(response)),
            _ => new DeliveryOutcome.Misconfigured(code, ResponseRules.Describe(response)),
        };
    }
}
