using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Braze;

/// <summary>What Braze says: a 201 may name failed rows, and is a failure as a whole when its message is not <c>success</c>.</summary>
/// <remarks>
/// braze.com/docs/api/errors and post_user_track, read 2026-08. A row is named by its place in the array that was sent. Types are codes
/// (<c>EXTERNAL_USER_ID_TOO_LARGE</c>) or sentences ("'external_id' must be fewer than 988 bytes"); an error may also be a bare sentence about nobody.
/// </remarks>
internal static partial class BrazeAnswer
{
    public static StepResult Read(ConnectorResponse response, DeliveryBatch batch)
    {
        if (!response.IsSuccess && response.Status != 400)
        {
            return ResponseRules.Failure(response)!;
        }

        var answer = response.Json;
        var message = answer?.TextAt("message");
        var named = RowsNamed(answer, batch);

        // "queued" is a 202 during maintenance.
        if (response.IsSuccess && message is null or "success" or "queued")
        {
            return RowAnswers.ByIndex(batch, named, Unnamed(response, answer));
        }

        // Nothing was taken: the rows named stay out, the others are sent again.
        ImmutableArray<RowOutcome?> rows =
            [.. Enumerable.Range(0, batch.Rows.Length).Select(place => named.GetValueOrDefault(place) is { } error ? error with { Fate = RowFate.Rejected } : null)];
        return new DeliveryOutcome.RefusedRows(rows, "braze_refused", message ?? ResponseRules.Describe(response));
    }

    private static Dictionary<int, RowOutcome> RowsNamed(JsonElement? answer, DeliveryBatch batch)
    {
        var sent = batch.Form is DeliveryForm.Events ? "events" : "attributes";
        var named = new Dictionary<int, RowOutcome>();
        foreach (var error in answer?.ItemsAt("errors") ?? [])
        {
            // The bulk endpoint may leave out the array's name.
            if (error.NumberAt("index") is { } place && place >= 0 && place < batch.Rows.Length && (error.TextAt("input_array") ?? sent) == sent)
            {
                named[(int)place] = OutcomeOf(error.TextAt("type") ?? "row_error");
            }
        }

        return named;
    }

    /// <summary>What the other rows are. An error that names nobody may be about any of them.</summary>
    private static RowOutcome Unnamed(ConnectorResponse response, JsonElement? answer)
    {
        if (answer is null && !response.Body.IsEmpty)
        {
            return new(RowFate.Uncertain, "answer_unreadable", "The answer is no JSON, or too long to be read whole.");
        }

        var unnamed = (answer?.ItemsAt("errors") ?? []).FirstOrDefault(error => error.NumberAt("index") is null);
        return unnamed.ValueKind is JsonValueKind.Undefined
            ? RowOutcome.Accepted
            : new(RowFate.Retryable, "unnamed_error", unnamed.TextAt() ?? unnamed.TextAt("type") ?? unnamed.GetRawText());
    }

    /// <summary>An identity that is too long or blocked stays so; any other error may pass.</summary>
    private static RowOutcome OutcomeOf(string type) => new(
        Identity().IsMatch(type) ? RowFate.Rejected : RowFate.Retryable, CodeForm().IsMatch(type) ? type : "row_error", type);

    [GeneratedRegex(
        "external_user_id_too_large|blacklist|(?:external_id|braze_id|user_alias|alias_name|email|phone)\\b.*(?:fewer|bytes|too\\s*(?:large|long)|invalid|not\\s+valid)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Identity();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]{0,63}$", RegexOptions.CultureInvariant)]
    private static partial Regex CodeForm();
}
