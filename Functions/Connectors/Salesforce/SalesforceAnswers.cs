using System.Collections.Frozen;
using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Salesforce;

/// <summary>The forms of Salesforce's REST API: queries, collections of records and their answers, errors as a list of codes.</summary>
internal static class SalesforceAnswers
{
    /// <summary>After the daily limit: the longest wait that is followed. Theirs is a rolling day.</summary>
    private static readonly TimeSpan LimitPause = TimeSpan.FromHours(1);

    /// <summary>The request is at fault whoever it is about: a field, an object or a campaign that does not exist.</summary>
    private static readonly FrozenSet<string> Setup = FrozenSet.Create(
        StringComparer.Ordinal, "INVALID_FIELD", "INVALID_TYPE", "MALFORMED_QUERY", "INVALID_QUERY_FILTER_OPERATOR", "NOT_FOUND", "INVALID_SEARCH");

    private static readonly FrozenSet<string> Passing = FrozenSet.Create(
        StringComparer.Ordinal, "UNABLE_TO_LOCK_ROW", "QUERY_TIMEOUT", "SERVER_UNAVAILABLE", "REQUEST_RUNNING_TOO_LONG", "UNKNOWN_EXCEPTION");

    public static HttpRequestMessage Query(ConnectorSettings settings, string soql) =>
        new(HttpMethod.Get, SalesforceSettings.Address(settings, $"query?q={Uri.EscapeDataString(soql)}"));

    /// <summary>A text of SOQL, in its quotes.</summary>
    public static string Quote(string text) =>
        $"'{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal).Replace("\r", @"\r", StringComparison.Ordinal)}'";

    public static HttpRequestMessage Collection(HttpMethod method, string address, DeliveryBatch batch, Action<Utf8JsonWriter, DeliveryRow> write) =>
        JsonBody.Request(method, address, json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("allOrNone", false);
            json.WriteStartArray("records");
            foreach (var row in batch.Rows)
            {
                json.WriteStartObject();
                write(json, row);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });

    public static void WriteType(Utf8JsonWriter json, string type)
    {
        json.WriteStartObject("attributes");
        json.WriteString("type", type);
        json.WriteEndObject();
    }

    /// <summary>The answers to a collection, in the order of its records.</summary>
    /// <param name="failed">What a row comes to, by its code; it is given what the code means as a rule.</param>
    public static StepResult ReadRows(
        ConnectorResponse response, DeliveryBatch batch, Func<DeliveryRow, JsonElement, RowAnswer> succeeded, Func<DeliveryRow, string, RowOutcome, RowOutcome> failed)
    {
        if (Failure(response) is { } failure)
        {
            return failure;
        }

        var records = response.Json?.ItemsAt().ToList() ?? [];
        if (records.Count != batch.Rows.Length)
        {
            return new RowOutcome(RowFate.Uncertain, "unreadable_answer", $"Salesforce answered for {records.Count} of {batch.Rows.Length} records.");
        }

        if (records.SelectMany(record => record.ItemsAt("errors")).Any(error => IsGone(error.TextAt("statusCode") ?? "") && error.TextsAt("fields").Contains("CampaignId")))
        {
            return new DeliveryOutcome.Misconfigured("campaign_gone", "Salesforce no longer knows the campaign, or the user may not use it.");
        }

        return new StepResult.PerRow([.. batch.Rows.Zip(records, (row, record) => record.At("success") is { ValueKind: JsonValueKind.True } ? succeeded(row, record) : Failed(row, record))]);

        RowAnswer Failed(DeliveryRow row, JsonElement record)
        {
            var error = record.ItemsAt("errors").FirstOrDefault();
            var (code, message) = (error.TextAt("statusCode") ?? "rejected", error.TextAt("message"));
            return failed(row, code, new(IsPassing(code, message) ? RowFate.Retryable : RowFate.Rejected, code, message));
        }
    }

    /// <summary>The record with this id does not exist any more.</summary>
    public static bool IsGone(string code) => code is "ENTITY_IS_DELETED" or "INVALID_CROSS_REFERENCE_KEY" or "NOT_FOUND";

    public static DeliveryOutcome? Failure(ConnectorResponse response)
    {
        if (response.IsSuccess)
        {
            return null;
        }

        var error = response.Json?.ItemsAt().FirstOrDefault();
        var code = error?.TextAt("errorCode") ?? "";
        return code switch
        {
            "REQUEST_LIMIT_EXCEEDED" => new DeliveryOutcome.Throttled(response.RetryAfter ?? LimitPause, code),
            _ when response.Status == 400 && IsPassing(code, error?.TextAt("message")) => new DeliveryOutcome.Failed(code, ResponseRules.Describe(response)),
            _ when response.Status is 400 or 404 && Setup.Contains(code) => new DeliveryOutcome.Misconfigured(code, ResponseRules.Describe(response)),
            _ => ResponseRules.Failure(response),
        };
    }

    private static bool IsPassing(string code, string? message) => Passing.Contains(code)
        || (message is not null && (message.Contains("UNABLE_TO_LOCK_ROW", StringComparison.Ordinal) || message.Contains("Too many SOQL queries", StringComparison.Ordinal)));
}
