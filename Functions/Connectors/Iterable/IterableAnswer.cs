using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Iterable;

/// <summary>What Iterable says: a 200 counts failures and names them by identifier, in one list for each reason.</summary>
internal static class IterableAnswer
{
    private const string TypesMismatched = "RequestFieldsTypesMismatched";

    /// <summary>Lists of <c>failedUpdates</c> that hold e-mail addresses, and the code each gives a row; those of user ids end in <c>UserIds</c>.</summary>
    private static readonly ImmutableArray<(string List, string Code)> Reasons =
    [
        ("forgotten", "forgotten"),
        ("notFound", "not_found"),
        ("invalidData", "invalid_data"),
        ("invalid", "invalid_identifier"),
        ("conflict", "conflict"),
    ];

    public static StepResult Read(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings) => response switch
    {
        { IsSuccess: true } => ReadRows(response, batch, settings),
        { Status: 400 } => ReadRefusal(response, batch),
        _ => ResponseRules.Failure(response)!,
    };

    private static StepResult ReadRows(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings)
    {
        if (response.IsCut)
        {
            return new RowOutcome(RowFate.Uncertain, "answer_too_large", "The answer is too long to be read whole.");
        }

        if (response.Json is not { } answer)
        {
            return response.Body.IsEmpty ? RowOutcome.Accepted : new(RowFate.Uncertain, "answer_unreadable", "The answer is no JSON.");
        }

        var emails = Named(answer, "Emails");
        var userIds = Named(answer, "UserIds");
        var events = answer.TextsAt("disallowedEventNames").ToHashSet(StringComparer.Ordinal);
        RowOutcome?[] rows = [.. batch.Rows.Select(row => OutcomeOf(row, batch, settings, emails, userIds, events))];

        // Failures that are counted but not to be found among the rows: any of the rest may be meant.
        var rest = answer.NumberAt("failCount") > rows.Count(row => row is not null)
            ? new(RowFate.Uncertain, "unnamed_failure", "Iterable counts more failures than it names.")
            : RowOutcome.Accepted;
        return new StepResult.PerRow([.. rows.Select(row => (RowAnswer)(row ?? rest))]);
    }

    /// <summary>Reasons by identifier. The server answers addresses in lower case, and perhaps user ids.</summary>
    private static Dictionary<string, string> Named(JsonElement answer, string kind)
    {
        var named = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (list, code) in Reasons)
        {
            // At the top is where older versions of the API had them.
            foreach (var identifier in answer.TextsAt("failedUpdates", $"{list}{kind}").Concat(answer.TextsAt($"{list}{kind}")))
            {
                named.TryAdd(identifier, code);
            }
        }

        return named;
    }

    private static RowOutcome? OutcomeOf(
        DeliveryRow row, DeliveryBatch batch, ConnectorSettings settings, Dictionary<string, string> emails, Dictionary<string, string> userIds, HashSet<string> events)
    {
        var (email, userId) = IterableBodies.IdentityOf(row, settings);
        if (batch.Form is DeliveryForm.Events && events.Contains(AudienceEvent.NameOf(row.Operation)))
        {
            return new(RowFate.Rejected, "disallowed_event_name", "The project does not take events of this name.");
        }

        string?[] reasons = [emails.GetValueOrDefault(email), userIds.GetValueOrDefault(userId)];
        var leaves = row.Operation is DeliveryOperation.Remove && batch.Form is DeliveryForm.Membership;
        return reasons.Contains("forgotten") ? RowOutcome.Accepted // deleted for privacy: nothing may be kept of them, here neither
            : (reasons[0] ?? reasons[1]) is not { } reason ? null
            : reason == "not_found" && leaves ? RowOutcome.Accepted
            : new(RowFate.Rejected, reason, "Iterable refused the person.");
    }

    /// <summary>A field of the wrong type fails the whole call: the rows that carry such a value stay out, the others are sent again.</summary>
    private static DeliveryOutcome ReadRefusal(ConnectorResponse response, DeliveryBatch batch)
    {
        var answer = response.Json;
        var code = answer?.TextAt("code") ?? "http_400";
        if (response.Text.Contains("invalidListId", StringComparison.OrdinalIgnoreCase))
        {
            return new DeliveryOutcome.Misconfigured("list_gone", "The list does not exist. Name another, or let it be created anew.");
        }

        var fields = code == TypesMismatched && answer?.At("params", "validationErrors") is { ValueKind: JsonValueKind.Object } errors
            ? errors.EnumerateObject().Select(error => (Name: error.Name[(error.Name.LastIndexOf(':') + 1)..], Type: error.Value.TextAt("expectedType"))).ToList()
            : [];
        return new DeliveryOutcome.RefusedRows(
            [.. batch.Rows.Select(row => fields.FirstOrDefault(field => row.Fields.Has(field.Name) && !Fits(row.Fields[field.Name], field.Type)).Name is { } misfit
                ? new RowOutcome(RowFate.Rejected, TypesMismatched, $"The project wants another type of value in '{misfit}'.")
                : null)],
            code,
            ResponseRules.Describe(response));
    }

    /// <summary>Whether a value may have been taken for the type that is told; without one, or of one we do not know, no value is sure to.</summary>
    private static bool Fits(Cell cell, string? type) => type switch
    {
        "long" => cell.Type is CellType.Integer,
        "double" => cell.Type is CellType.Integer or CellType.Decimal,
        "boolean" => cell.Type is CellType.Boolean,
        "date" => cell.Type is CellType.Date or CellType.DateTime,
        "string" or "keyword" => cell.Type is CellType.Text or CellType.TextList,
        _ => false,
    };
}
