using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Zendesk;

/// <summary>Bulk updates: a job takes up to a hundred users and answers for each in its place.</summary>
internal static class ZendeskJobs
{
    /// <summary>Between two looks at a job. Ours; a job's result is kept for a day.</summary>
    private static readonly TimeSpan PollPause = TimeSpan.FromSeconds(5);

    public static HttpRequestMessage BuildUpdate(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        JsonBody.Request(HttpMethod.Put, ZendeskSettings.Address(settings, "users/update_many.json"), json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("users");
            foreach (var row in batch.Rows)
            {
                json.WriteStartObject();
                json.WritePropertyName("id");
                WriteId(json, row.RemoteId!);
                if (row.Operation is DeliveryOperation.Remove)
                {
                    json.WriteStartObject("user_fields");
                    json.WriteBoolean(ZendeskSettings.MarkOf(batch.Audience, settings), false);
                    json.WriteEndObject();
                }
                else
                {
                    ZendeskUsers.WriteFields(json, row.Fields, mark: null, isMember: true);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });

    public static StepResult ReadUpdate(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        ResponseRules.Read(response, () => response.Json?.TextAt("job_status", "id") is { } id
            ? new DeliveryOutcome.Pending(id, PollPause)
            : new RowOutcome(RowFate.Uncertain, "unreadable_answer", "Zendesk took the update and named no job."));

    public static HttpRequestMessage BuildPoll(DeliveryJob job, ConnectorSettings settings, Notes notes) =>
        new(HttpMethod.Get, ZendeskSettings.Address(settings, $"job_statuses/{Uri.EscapeDataString(job.JobId)}.json"));

    public static StepResult ReadPoll(ConnectorResponse response, DeliveryJob job, ConnectorSettings settings, Notes notes) => response.Status == 404
        ? new RowOutcome(RowFate.Uncertain, "job_unknown", "Zendesk no longer knows the job.")
        : ResponseRules.Read(response, () => response.Json?.TextAt("job_status", "status") switch
        {
            "completed" => ReadRows(response.Json?.ItemsAt("job_status", "results").ToList() ?? [], job.Batch),
            "failed" or "killed" => new DeliveryOutcome.Failed("job_failed", $"Zendesk's job failed: {response.Json?.TextAt("job_status", "message")}"),
            _ => new DeliveryOutcome.Pending(job.JobId, PollPause),
        });

    /// <summary>By the place a result names, else by its own; a user who is not mentioned was not heard of.</summary>
    private static DeliveryOutcome ReadRows(List<JsonElement> results, DeliveryBatch batch)
    {
        var answers = new Dictionary<int, RowOutcome>();
        foreach (var (place, result) in results.Index())
        {
            answers[(int)(result.NumberAt("index") ?? place)] = OutcomeOf(result);
        }

        return RowAnswers.ByIndex(batch, answers, new(RowFate.Uncertain, "not_mentioned", "Zendesk's job does not mention the user."));
    }

    private static RowOutcome OutcomeOf(JsonElement result)
    {
        var isFailed = result.At("success") is { ValueKind: JsonValueKind.False } || result.TextAt("status") is "Failed" || result.TextAt("error") is { Length: > 0 };
        var code = result.TextAt("error") is { Length: > 0 } error && !error.Contains(' ', StringComparison.Ordinal) ? error : "failed";
        return !isFailed || code is "NotFound" or "RecordNotFound" ? RowOutcome.AcceptedAs(result.TextAt("id"))
            : new(RowFate.Rejected, code, result.TextAt("details") ?? result.TextAt("errors") ?? result.TextAt("error"));
    }

    /// <summary>Ids are numbers; one that is none is left to Zendesk to refuse.</summary>
    private static void WriteId(Utf8JsonWriter json, string id)
    {
        if (long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteStringValue(id);
        }
    }
}
