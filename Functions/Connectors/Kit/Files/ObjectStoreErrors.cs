using System.Text.RegularExpressions;

namespace AudienceSync.Connectors.Kit.Files;

/// <summary>What an answer of Amazon S3, or of a store that speaks its XML, means. The code decides before the status; a file stands or falls as a whole.</summary>
/// <remarks>docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and cloud.google.com/storage/docs/xml-api/reference-status, read 2026-08.</remarks>
internal static partial class ObjectStoreErrors
{
    /// <summary>The outcome of an answer that is no success; null for 2xx and for a file that is there already (<see cref="IsThere"/>).</summary>
    public static DeliveryOutcome? Read(ConnectorResponse response)
    {
        var code = CodeOf(response);
        var detail = ResponseRules.Describe(response);
        return code switch
        {
            _ when response.IsSuccess || IsThere(response) => null,
            "SlowDown" or "TooManyRequests" or "RequestLimitExceeded" or "http_429" => new DeliveryOutcome.Throttled(response.RetryAfter, code),
            "ServiceUnavailable" when response.RetryAfter is not null => new DeliveryOutcome.Throttled(response.RetryAfter, code),
            "RequestTimeout" or "ConditionalRequestConflict" or "OperationAborted" => new DeliveryOutcome.Failed(code, detail),
            "PermanentRedirect" or "TemporaryRedirect" or "Redirect" or "http_301" or "http_307" => new DeliveryOutcome.Misconfigured("wrong_region", response.Header("x-amz-bucket-region") is { } region
                ? $"The bucket is in the region {region}."
                : "The bucket is in another region."),
            "AuthorizationHeaderMalformed" or "ExpiredToken" or "InvalidToken" or "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "RequestExpired" or "RequestTimeTooSkewed"
                or "AccountProblem" or "AllAccessDisabled" or "NotSignedUp" => new DeliveryOutcome.Unauthorized(code, detail),
            "NoSuchBucket" => new DeliveryOutcome.Misconfigured(code, "The bucket does not exist. Create it, or name another."),
            _ => ResponseRules.Failure(response) switch
            {
                DeliveryOutcome.Throttled throttled => throttled with { Code = code },
                DeliveryOutcome.Failed => new DeliveryOutcome.Failed(code, detail),
                DeliveryOutcome.Unauthorized => new DeliveryOutcome.Unauthorized(code, detail),
                _ => new DeliveryOutcome.Misconfigured(code, detail), // no row of a file is at fault: nothing is halved
            },
        };
    }

    /// <summary>A file of that name is there, and was to be written only if there was none: an earlier attempt wrote it.</summary>
    public static bool IsThere(ConnectorResponse response) => response.Status == 412;

    /// <summary>The code in the answer, else <c>http_</c> and the status.</summary>
    public static string CodeOf(ConnectorResponse response) =>
        Code().Match(response.Text) is { Success: true } match ? match.Groups[1].Value : $"http_{response.Status}";

    [GeneratedRegex("<Code>([A-Za-z0-9._-]{1,64})</Code>")]
    private static partial Regex Code();
}
