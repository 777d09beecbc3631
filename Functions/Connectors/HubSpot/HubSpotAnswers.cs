using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.HubSpot;

/// <summary>What HubSpot says. Rows are named by our trace ids; results come back in another order.</summary>
/// <remarks>developers.hubspot.com: error handling, usage guidelines, read 2026-08; 423 and 477 from the same pages.</remarks>
internal static class HubSpotAnswers
{
    /// <summary>A rolling window of ten seconds.</summary>
    private static readonly TimeSpan TenSeconds = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Locked = TimeSpan.FromSeconds(2);

    /// <summary>The failure of an answer, or what <paramref name="success"/> reads from it.</summary>
    public static StepResult Read(ConnectorResponse response, Func<StepResult> success) => response.Status switch
    {
        // A daily limit ends at midnight in the account's time zone, which we do not know: asked again by the hour.
        429 => response.Json?.TextAt("policyName") is { } policy && policy.Contains("DAILY", StringComparison.OrdinalIgnoreCase)
            ? new DeliveryOutcome.Throttled(response.RetryAfter ?? WaitHint.Longest, "daily_limit")
            : new DeliveryOutcome.Throttled(response.RetryAfter ?? TenSeconds, "rate_limit"),
        423 => new DeliveryOutcome.Throttled(response.RetryAfter ?? Locked, "http_423"),
        477 => new DeliveryOutcome.Throttled(response.RetryAfter, "migration"),
        409 => new DeliveryOutcome.Refused(CategoryOf(response), ResponseRules.Describe(response)),
        400 => new DeliveryOutcome.Refused(CategoryOf(response), ResponseRules.Describe(response)),
        _ => ResponseRules.Read(response, success),
    };

    /// <summary>Record ids of the contacts written, by trace id; the rows of one key share the answer to the one that was sent.</summary>
    public static StepResult ReadContacts(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings) => response.Status == 404 && batch.AttributesOnly
        ? new DeliveryOutcome.Refused("not_found", "HubSpot does not know the contact, and an update creates nobody.")
        : Read(response, () => ReadWritten(response, batch, settings));

    private static StepResult ReadWritten(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings)
    {
        if (response.Json is not { } answer)
        {
            return new RowOutcome(RowFate.Uncertain, "answer_unreadable", "The answer is no JSON, or too long to be read whole.");
        }

        var answers = new Dictionary<string, RowAnswer>(StringComparer.Ordinal);
        foreach (var result in answer.ItemsAt("results"))
        {
            if (result.TextAt("id") is { } id)
            {
                var known = result.At("new") is { ValueKind: JsonValueKind.True } ? RowAnswer.Created(id) : RowAnswer.Known(id);
                answers[result.TextAt("objectWriteTraceId") ?? KeyIn(result, settings)] = known;
            }
        }

        var named = 0;
        foreach (var error in answer.ItemsAt("errors"))
        {
            foreach (var trace in error.TextsAt("context", "objectWriteTraceId").Concat(error.TextsAt("context", "ids")))
            {
                answers[trace] = OutcomeOf(error);
                named++;
            }
        }

        if (answers.Count == 0)
        {
            return named == 0 && !answer.ItemsAt("errors").Any()
                ? new RowOutcome(RowFate.Rejected, "nothing_written", "HubSpot took the call and wrote nothing: the payload was not understood.")
                : new RowOutcome(RowFate.Retryable, "unnamed_error", ResponseRules.Describe(response));
        }

        var sent = batch.Rows.GroupBy(row => HubSpotBodies.KeyOf(row, settings), StringComparer.Ordinal).ToDictionary(rows => rows.Key, rows => rows.Last(), StringComparer.Ordinal);
        return StepResult.ForEach(batch, row =>
        {
            var key = HubSpotBodies.KeyOf(row, settings);
            return answers.GetValueOrDefault(sent[key].OperationId) ?? answers.GetValueOrDefault(key)
                ?? new RowOutcome(RowFate.Uncertain, "unmentioned", "The answer mentions the contact neither as written nor as failed.");
        });
    }

    /// <summary>Record ids of leavers. Who is unknown is on no list.</summary>
    public static StepResult ReadKeys(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings) => Read(response, () =>
    {
        if (response.Json is not { } answer)
        {
            return new DeliveryOutcome.Failed("answer_unreadable", "The answer is no JSON, or too long to be read whole.");
        }

        var ids = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var result in answer.ItemsAt("results"))
        {
            if (result.TextAt("id") is { } id)
            {
                ids[KeyIn(result, settings)] = id;
            }
        }

        return StepResult.ForEach(batch, row => ids.TryGetValue(HubSpotBodies.KeyOf(row, settings), out var id) ? RowAnswer.Known(id) : RowOutcome.Accepted);
    });

    /// <summary>Ids that are missing were merged or deleted since we learnt them: who enters is looked up anew, who leaves is gone.</summary>
    public static StepResult ReadChanges(ConnectorResponse response, DeliveryBatch batch)
    {
        if (response.Status == 404)
        {
            return new DeliveryOutcome.Misconfigured("list_gone", "The list does not exist. Name another, or let it be created anew.");
        }

        return Read(response, () =>
        {
            var missing = (response.Json ?? default).TextsAt("recordIdsMissing").ToHashSet(StringComparer.Ordinal);
            return StepResult.ForEach(batch, row => row.RemoteId is { } id && missing.Contains(id) && row.Operation is not DeliveryOperation.Remove
                ? RowOutcome.Forgotten
                : RowOutcome.AcceptedAs(row.RemoteId));
        });
    }

    public static StepResult ReadList(ConnectorResponse response) => response.Status == 404 ? StepResult.Next : Read(response, () =>
    {
        var list = response.Json?.At("list") ?? response.Json ?? default;
        return list.TextAt("listId") is not { } id ? StepResult.Next
            : list.TextAt("processingType") is "DYNAMIC"
                ? new DeliveryOutcome.Misconfigured("list_is_dynamic", "A list of this name exists, but HubSpot fills it by rules. Choose another name, or give the id of a manual list.")
                : new StepResult.Found(id);
    });

    /// <summary>Names are unique: one that is taken by now is looked up again.</summary>
    public static StepResult ReadNewList(ConnectorResponse response) =>
        response.Status is 400 or 409 && IsDuplicate(response) ? StepResult.Next
        : Read(response, () => (response.Json?.TextAt("list", "listId") ?? response.Json?.TextAt("listId")) is { } id
            ? new StepResult.Found(id)
            : new DeliveryOutcome.Failed("answer_unreadable", ResponseRules.Describe(response)));

    private static bool IsDuplicate(ConnectorResponse response) =>
        response.Text.Contains("DUPLICATE", StringComparison.OrdinalIgnoreCase) || response.Text.Contains("already", StringComparison.OrdinalIgnoreCase) || response.Text.Contains("unique", StringComparison.OrdinalIgnoreCase);

    private static string KeyIn(JsonElement result, ConnectorSettings settings) => result.TextAt("properties", HubSpotConnector.IdProperty.In(settings)) ?? "";

    private static string CategoryOf(ConnectorResponse response) => response.Json?.TextAt("category")?.ToLowerInvariant() ?? $"http_{response.Status}";

    private static RowOutcome OutcomeOf(JsonElement error)
    {
        var category = error.TextAt("category") ?? "";
        var passes = category.Contains("RATE_LIMIT", StringComparison.OrdinalIgnoreCase) || category is "INTERNAL_ERROR" or "TIMEOUT";
        return new(passes ? RowFate.Retryable : RowFate.Rejected, category.Length == 0 ? "refused" : category.ToLowerInvariant(), error.TextAt("message"));
    }
}
