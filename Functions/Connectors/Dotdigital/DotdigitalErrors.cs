using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Dotdigital;

/// <summary>Errors of both versions: v3 has an <c>errorCode</c>, v2 a token such as ERROR_CONTACT_SUPPRESSED at the end of its message.</summary>
internal static partial class DotdigitalErrors
{
    /// <summary>After the message that 25 imports are under way. Ours.</summary>
    private static readonly TimeSpan ImportsPause = TimeSpan.FromSeconds(30);

    public static DeliveryOutcome? Read(ConnectorResponse response)
    {
        if (response.IsSuccess)
        {
            return null;
        }

        return (response.Status, TokenIn(response)) switch
        {
            (429, "contacts:tooManyActiveImports") => new DeliveryOutcome.Throttled(response.RetryAfter ?? ImportsPause, "tooManyActiveImports"),
            (_, "ERROR_APIUSAGE_EXCEEDED") => new DeliveryOutcome.Throttled(response.RetryAfter, "ERROR_APIUSAGE_EXCEEDED"),
            (_, "ERROR_ADDRESSBOOK_IN_USE") => new DeliveryOutcome.Failed("ERROR_ADDRESSBOOK_IN_USE", ResponseRules.Describe(response)),
            (_, "ERROR_ADDRESSBOOK_NOT_FOUND") => new DeliveryOutcome.Misconfigured("ERROR_ADDRESSBOOK_NOT_FOUND", "Dotdigital has no such list."),
            (403, _) => new DeliveryOutcome.Unauthorized("http_403", $"The account may be in another region. {ResponseRules.Describe(response)}"),
            _ => ResponseRules.Failure(response),
        };
    }

    /// <summary>The platform's code of an error; null when it names none.</summary>
    public static string? TokenIn(ConnectorResponse response) => response.IsSuccess ? null
        : response.Json?.TextAt("errorCode") ?? (Token().Match(response.Json?.TextAt("message") ?? "") is { Success: true } match ? match.Value : null);

    [GeneratedRegex("ERROR_[A-Z0-9_]+", RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
