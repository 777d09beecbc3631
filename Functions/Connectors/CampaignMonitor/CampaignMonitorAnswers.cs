using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.CampaignMonitor;

/// <summary>Reads Campaign Monitor's answers: <c>{"Code":…,"Message":…}</c>, and of an import the rows that failed.</summary>
internal static class CampaignMonitorAnswers
{
    private const int PartlyFailed = 210;
    private const int InvalidList = 101;
    private const int RateLimited = 429;

    /// <summary>The outcome of an import; null when it was refused as a whole. Rows that are not named were imported, in a 400 as in a 201.</summary>
    public static DeliveryOutcome? ReadImport(ConnectorResponse response, DeliveryBatch batch, IdentifierRule email)
    {
        var json = response.Json;
        var result = response.IsSuccess ? json : response.Status == 400 && CodeOf(response) == PartlyFailed ? json?.At("ResultData") : null;
        if (result is null)
        {
            return response.IsSuccess ? AllUncertain(batch) : null;
        }

        var failures = new Dictionary<string, RowOutcome>(StringComparer.OrdinalIgnoreCase);
        foreach (var failure in result.Value.ItemsAt("FailureDetails"))
        {
            if (failure.TextAt("EmailAddress") is { } address)
            {
                failures[address.Trim()] = new(RowFate.Rejected, $"code_{failure.TextAt("Code")}", failure.TextAt("Message"));
            }
        }

        return RowAnswers.ByKey(batch, row => email.Of(row.Fields), failures, RowOutcome.Accepted);
    }

    public static DeliveryOutcome? Failure(ConnectorResponse response) => (response.Status, CodeOf(response)) switch
    {
        (_, RateLimited) when !response.IsSuccess => new DeliveryOutcome.Throttled(response.RetryAfter, "code_429"),
        (400, InvalidList) => new DeliveryOutcome.Misconfigured("invalid_list", ResponseRules.Describe(response)),
        _ => ResponseRules.Failure(response),
    };

    public static long? CodeOf(ConnectorResponse response) => response.Json?.NumberAt("Code");

    private static DeliveryOutcome AllUncertain(DeliveryBatch batch) =>
        new DeliveryOutcome.Settled([.. Enumerable.Repeat(new RowOutcome(RowFate.Uncertain, "unreadable_answer", "The import was taken, but its answer cannot be read."), batch.Rows.Length)]);
}
