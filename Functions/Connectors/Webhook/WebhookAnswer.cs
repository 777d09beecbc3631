using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Webhook;

/// <summary>Reads what a receiver says about single members in a 2xx answer: nothing, <c>errors</c>, or <c>results</c>.</summary>
internal static class WebhookAnswer
{
    private static readonly string[] GoodWords = ["ok", "success", "succeeded", "accepted", "delivered", "created", "updated"];

    /// <summary>All accepted but the rows named; names that no row has are ignored.</summary>
    public static DeliveryOutcome Read(ConnectorResponse response, DeliveryBatch batch)
    {
        if (response.IsCut && (response.Status == 207 || response.Text.TrimStart().StartsWith('{')))
        {
            // Rows named beyond the cut would pass for accepted.
            return RowAnswers.ByKey(
                batch, RowId, new Dictionary<string, RowOutcome>(), new(RowFate.Uncertain, "answer_too_large", "The answer is too long to be read whole."));
        }

        return RowAnswers.ByKey(batch, RowId, AnswersIn(response), RowOutcome.Accepted);
    }

    private static string RowId(DeliveryRow row) => row.OperationId;

    private static Dictionary<string, RowOutcome> AnswersIn(ConnectorResponse response)
    {
        var answers = new Dictionary<string, RowOutcome>(StringComparer.Ordinal);
        if (Parse(response.Body) is not { RootElement: { ValueKind: JsonValueKind.Object } root } document)
        {
            return answers;
        }

        using (document)
        {
            foreach (var result in Items(root, "results"))
            {
                Take(answers, result, FromResult(result));
            }

            foreach (var error in Items(root, "errors"))
            {
                Take(answers, error, FromError(error));
            }
        }

        return answers;
    }

    private static JsonDocument? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return body.IsEmpty ? null : JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return null; // a receiver may answer anything: "OK", a page
        }
    }

    private static IEnumerable<JsonElement> Items(JsonElement root, string name) =>
        root.TryGetProperty(name, out var list) && list.ValueKind is JsonValueKind.Array
            ? list.EnumerateArray().Where(item => item.ValueKind is JsonValueKind.Object)
            : [];

    private static void Take(Dictionary<string, RowOutcome> answers, JsonElement item, RowOutcome outcome)
    {
        if ((TextOf(item, "recordId") ?? TextOf(item, "record_id") ?? TextOf(item, "messageId")) is { } id)
        {
            answers[id] = outcome;
        }
    }

    private static RowOutcome FromError(JsonElement error)
    {
        var retryable = error.TryGetProperty("retryable", out var flag) && flag.ValueKind is JsonValueKind.True;
        return new(retryable ? RowFate.Retryable : RowFate.Rejected, TextOf(error, "code") ?? "rejected_by_receiver", TextOf(error, "message"));
    }

    private static RowOutcome FromResult(JsonElement result)
    {
        var status = TextOf(result, "status");
        if (status is null || GoodWords.Contains(status, StringComparer.OrdinalIgnoreCase))
        {
            return RowOutcome.Accepted;
        }

        var (code, detail) = (TextOf(result, "code"), TextOf(result, "message") ?? TextOf(result, "error"));
        return int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? RowAnswers.FromStatus(number, code, detail)
            : new(RowFate.Rejected, code ?? "rejected_by_receiver", detail);
    }

    private static string? TextOf(JsonElement item, string name) => !item.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };
}
