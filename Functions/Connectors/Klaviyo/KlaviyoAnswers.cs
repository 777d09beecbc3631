using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Klaviyo;

/// <summary>What Klaviyo says, in JSON:API. A call is taken or refused as a whole; the records at fault are named by pointers into the body.</summary>
/// <remarks>developers.klaviyo.com/en/docs/rate_limits_and_error_handling, read 2026-08; pointers as recorded by peers: <c>/data/attributes/profiles/data/0/attributes/email</c>.</remarks>
internal static partial class KlaviyoAnswers
{
    private const string Errors = "import errors";

    /// <summary>The failure of an answer, or what <paramref name="success"/> reads from it. A conflict is no matter of time here.</summary>
    public static StepResult Read(ConnectorResponse response, Func<StepResult> success) => response.Status switch
    {
        409 => new DeliveryOutcome.Refused(CodeOf(response), ResponseRules.Describe(response)),
        410 => new DeliveryOutcome.Misconfigured("revision_retired", "Klaviyo has retired this API revision. Set a newer one."),
        _ => ResponseRules.Read(response, success),
    };

    /// <summary>The rows that a refusal names by their place in <paramref name="collection"/>; null when it is no such refusal.</summary>
    public static StepResult? RefusedRecords(ConnectorResponse response, DeliveryBatch batch, string collection)
    {
        if (response.Status is not (400 or 409) || response.Json is not { } answer)
        {
            return null;
        }

        var rows = new Dictionary<int, RowOutcome>();
        foreach (var error in answer.ItemsAt("errors"))
        {
            if (PlaceIn(error.TextAt("source", "pointer"), collection) is { } place)
            {
                rows.TryAdd(place, OutcomeOf(error));
            }
        }

        return rows.Count == 0 ? (StepResult?)null : RowAnswers.RefusedByIndex(batch, rows, CodeOf(response), ResponseRules.Describe(response));
    }

    /// <summary>Klaviyo's ids by identifier. Somebody unknown is not on the list.</summary>
    public static StepResult ReadProfiles(ConnectorResponse response, DeliveryBatch batch) => Read(response, () =>
    {
        if (response.Json is not { } answer)
        {
            return new DeliveryOutcome.Failed("answer_unreadable", "The answer is no JSON, or too long to be read whole.");
        }

        var ids = new Dictionary<string, string>(batch.Tag == "email" ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var profile in answer.ItemsAt("data"))
        {
            if (profile.TextAt("id") is { } id && profile.TextAt("attributes", batch.Tag) is { } identifier)
            {
                ids.TryAdd(identifier, id);
            }
        }

        string? Find(DeliveryRow row) => row.RemoteId ?? (ids.TryGetValue(KlaviyoConnector.Rules.FirstOf(row.Fields)!.Value.Value, out var id) ? id : null);
        return CursorIn(answer) is { } cursor
            ? new StepResult.Page(cursor, [.. batch.Rows.Select(row => Find(row) is { } id ? RowAnswer.Known(id) : RowAnswer.Next)])
            : StepResult.ForEach(batch, row => Find(row) is { } id ? RowAnswer.Known(id) : RowOutcome.Accepted);
    });

    public static StepResult ReadRemoval(ConnectorResponse response, DeliveryBatch batch)
    {
        if (response.Status == 404 && batch.Audience.ExternalId is { } list)
        {
            // Either the list is gone, or a profile is, whose id was learnt earlier and has been merged into another since.
            return response.Text.Contains("profile", StringComparison.OrdinalIgnoreCase) && !response.Text.Contains(list, StringComparison.Ordinal)
                ? batch.Rows.Length > 1 ? new DeliveryOutcome.Refused("not_found", ResponseRules.Describe(response)) : RowOutcome.Forgotten
                : ListGone;
        }

        return Read(response, static () => RowOutcome.Accepted);
    }

    public static StepResult ReadImport(ConnectorResponse response, DeliveryBatch batch, TimeSpan pollAfter) =>
        response.Status == 404 || NamesList(response) ? ListGone
        : RefusedRecords(response, batch, "profiles") ?? Read(response, () => response.Json?.TextAt("data", "id") is { } job
            ? new DeliveryOutcome.Pending(job, pollAfter)
            : new RowOutcome(RowFate.Uncertain, "job_unknown", "The import was taken, but the answer names no job."));

    public static StepResult ReadJob(ConnectorResponse response, DeliveryJob job, Notes notes, TimeSpan pollAfter)
    {
        if (response.Status == 404)
        {
            return new RowOutcome(RowFate.Uncertain, "job_expired", "Klaviyo no longer knows the import.");
        }

        return Read(response, () =>
        {
            var attributes = response.Json?.At("data", "attributes") ?? default;
            var failed = attributes.NumberAt("failed_count") ?? 0;
            notes.Set(Errors, new ImportErrors(failed));
            return attributes.TextAt("status") switch
            {
                "queued" or "processing" => new DeliveryOutcome.Pending(job.JobId, pollAfter),
                "complete" when failed == 0 => RowOutcome.Accepted,
                "complete" => StepResult.Next,
                "cancelled" => new RowOutcome(RowFate.Retryable, "import_cancelled", "The import was cancelled."),
                _ => new DeliveryOutcome.Failed("answer_unreadable", ResponseRules.Describe(response)),
            };
        });
    }

    /// <summary>Errors name a profile by its place, or repeat it.</summary>
    public static StepResult ReadErrors(ConnectorResponse response, DeliveryJob job, Notes notes) => Read(response, () =>
    {
        if (response.Json is not { } answer)
        {
            return new DeliveryOutcome.Failed("answer_unreadable", "The answer is no JSON, or too long to be read whole.");
        }

        var errors = notes.Get<ImportErrors>(Errors) ?? new(0);
        foreach (var error in answer.ItemsAt("data"))
        {
            var attributes = error.At("attributes") ?? error;
            if ((PlaceIn(attributes.TextAt("source", "pointer"), "profiles") ?? PlaceOf(attributes.At("original_payload"), job.Batch)) is { } place)
            {
                errors.Rows.TryAdd(place, OutcomeOf(attributes));
            }
        }

        notes.Set(Errors, errors);
        if (CursorIn(answer) is { } cursor)
        {
            return new StepResult.Page(cursor);
        }

        var rest = errors.Failed > errors.Rows.Count ? new(RowFate.Uncertain, "unnamed_failure", "Klaviyo counts more failures than it names.") : RowOutcome.Accepted;
        return RowAnswers.ByIndex(job.Batch, errors.Rows, rest);
    });

    public static StepResult ReadLists(ConnectorResponse response, AudienceRef audience) => Read(response, () =>
    {
        var answer = response.Json ?? default;
        return answer.ItemsAt("data").FirstOrDefault(list => list.TextAt("attributes", "name") == audience.Name).TextAt("id") is { } id ? new StepResult.Found(id)
            : CursorIn(answer) is { } cursor ? new StepResult.Page(cursor)
            : StepResult.Next;
    });

    private static DeliveryOutcome.Misconfigured ListGone => new("list_gone", "The list does not exist. Name another, or let it be created anew.");

    private static bool NamesList(ConnectorResponse response) => response.Status == 400
        && (response.Json ?? default).ItemsAt("errors").Any(static error => error.TextAt("source", "pointer")?.StartsWith("/data/relationships/lists", StringComparison.Ordinal) is true);

    private static string CodeOf(ConnectorResponse response) => (response.Json ?? default).ItemsAt("errors").FirstOrDefault().TextAt("code") ?? $"http_{response.Status}";

    private static RowOutcome OutcomeOf(JsonElement error) => new(RowFate.Rejected, error.TextAt("code") ?? "invalid", error.TextAt("detail") ?? error.TextAt("title"));

    /// <summary>Only the cursor is taken from a link: calls go to Klaviyo, wherever a link may lead.</summary>
    private static string? CursorIn(JsonElement answer) =>
        answer.TextAt("links", "next") is { } next && Cursor().Match(next) is { Success: true } match ? Uri.UnescapeDataString(match.Groups[1].Value) : null;

    private static int? PlaceIn(string? pointer, string collection) =>
        pointer is not null && Place().Match(pointer) is { Success: true } match && match.Groups[1].Value == collection
        && int.TryParse(match.Groups[2].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var place) ? place : null;

    private static int? PlaceOf(JsonElement? payload, DeliveryBatch batch)
    {
        var profile = payload?.At("attributes") ?? payload ?? default;
        foreach (var rule in KlaviyoConnector.Rules.Identifiers)
        {
            if (profile.TextAt(rule.Field) is { Length: > 0 } value
                && batch.Rows.Index().FirstOrDefault(row => rule.Of(row.Item.Fields).Equals(value, StringComparison.OrdinalIgnoreCase)) is { Item: not null } found)
            {
                return found.Index;
            }
        }

        return null;
    }

    [GeneratedRegex(@"^/data/attributes/([a-z-]+)/data/(\d{1,6})(?:/|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Place();

    [GeneratedRegex(@"[?&]page(?:\[|%5B)cursor(?:\]|%5D)=([^&]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Cursor();

    /// <summary>Failed rows of an import by place, gathered page by page.</summary>
    private sealed record ImportErrors(long Failed)
    {
        public Dictionary<int, RowOutcome> Rows { get; } = [];
    }
}
