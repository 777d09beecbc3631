using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Attentive;

/// <summary>Reads the report of a job: JSON lines, one for each member of the call, with the member and the answer to it.</summary>
/// <remarks>
/// Attentive documents that there is one line a record and not what is in it (read 2026-08). So a line is about the member whose phone or email stands anywhere in
/// it, else about the member at its place where there are as many lines as members; and it is good unless something in it says otherwise.
/// </remarks>
internal static class AttentiveReport
{
    private static readonly string[] BadWords = ["FAILED", "FAILURE", "ERROR", "INVALID", "REJECTED", "NOT_FOUND"];

    public static DeliveryOutcome Read(ConnectorResponse response, DeliveryBatch batch, IdentifierRule phone, IdentifierRule email)
    {
        var lines = response.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (place, row) in batch.Rows.Index())
        {
            places.TryAdd(phone.Of(row.Fields) is { Length: > 0 } number ? number : email.Of(row.Fields), place);
        }

        var answers = new Dictionary<int, RowOutcome>();
        foreach (var (number, line) in lines.Index())
        {
            if (Parse(line) is { } json && (PlaceOf(json, places) ?? (lines.Length == batch.Rows.Length ? number : null)) is { } place)
            {
                answers[place] = OutcomeOf(json);
            }
        }

        return RowAnswers.ByIndex(
            batch, answers, response.IsCut ? new(RowFate.Uncertain, "report_too_large", "Attentive's report is too long to be read whole.") : RowOutcome.Accepted);
    }

    private static JsonElement? Parse(string line)
    {
        try
        {
            return JsonElement.Parse(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int? PlaceOf(JsonElement json, Dictionary<string, int> places)
    {
        foreach (var (name, value) in Members(json))
        {
            if (name is "phone" or "email" && value.ValueKind is JsonValueKind.String && value.GetString() is { } text
                && (places.TryGetValue(text, out var place) || places.TryGetValue(text.Trim().ToLowerInvariant(), out place)))
            {
                return place;
            }
        }

        return null;
    }

    private static RowOutcome OutcomeOf(JsonElement json)
    {
        var told = Members(json).FirstOrDefault(static member => member.Name is "message" or "error" or "errorMessage" && member.Value.ValueKind is JsonValueKind.String).Value;
        var detail = told.ValueKind is JsonValueKind.String ? told.GetString() : null;
        foreach (var (name, value) in Members(json))
        {
            if (name is "status" or "statusCode" or "code" or "result" && CodeOf(value) is { } code)
            {
                if (int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 400 and <= 599)
                {
                    return RowAnswers.FromStatus(number, null, detail);
                }

                if (BadWords.Contains(code, StringComparer.OrdinalIgnoreCase))
                {
                    return new(RowFate.Rejected, code.ToLowerInvariant(), detail);
                }
            }

            if ((name is "success" && value.ValueKind is JsonValueKind.False) || (name is "error" or "errors" or "errorMessage" && !IsNothing(value)))
            {
                return new(RowFate.Rejected, "rejected", detail);
            }
        }

        return RowOutcome.Accepted;
    }

    private static string? CodeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    private static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    /// <summary>All named values, those within objects and lists too; JSON that was read is at most 64 deep.</summary>
    private static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(static member => Members(member.Value).Prepend((member.Name, member.Value))),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Members),
        _ => [],
    };
}
