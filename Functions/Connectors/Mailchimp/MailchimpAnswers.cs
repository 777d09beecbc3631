using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Mailchimp;

/// <summary>What Mailchimp says. Batches are 200 even when every row failed, and name people by address.</summary>
/// <remarks>mailchimp.com/developer/marketing/docs/errors, read 2026-08: problem+json; 403 without JSON is load, not a refusal.</remarks>
internal static class MailchimpAnswers
{
    public const int SegmentsPerPage = 1_000;

    private const string Existing = "contacts who exist";
    private const string ContactExists = "ERROR_CONTACT_EXISTS";

    /// <summary>The failure of an answer; null for 2xx.</summary>
    public static DeliveryOutcome? Failure(ConnectorResponse response) => response.Status switch
    {
        403 when response.Json is null => new DeliveryOutcome.Throttled(response.RetryAfter, "http_403"),
        405 => new DeliveryOutcome.Refused("http_405", ResponseRules.Describe(response)),
        _ => ResponseRules.Failure(response),
    };

    /// <summary>New contacts go on; those who exist are noted, to be updated.</summary>
    public static StepResult ReadCreated(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (Failure(response) is { } failure)
        {
            return failure;
        }

        if (response.Json is not { } answer || answer.At("errors") is null)
        {
            return new RowOutcome(RowFate.Uncertain, "answer_unreadable", "The answer is no JSON of theirs, or too long to be read whole.");
        }

        var errors = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (var error in answer.ItemsAt("errors"))
        {
            errors.TryAdd(error.TextAt("email_address") ?? "", error);
        }

        var existing = new HashSet<string>(StringComparer.Ordinal);
        var rows = batch.Rows.Select(row =>
        {
            if (!errors.TryGetValue(MailchimpBodies.AddressOf(row), out var error))
            {
                return RowAnswer.Next;
            }

            if (error.TextAt("error_code") is ContactExists || error.TextAt("error")?.Contains("already a list member", StringComparison.OrdinalIgnoreCase) is true)
            {
                existing.Add(row.OperationId);
                return RowAnswer.Next;
            }

            return new RowOutcome(RowFate.Rejected, error.TextAt("error_code") ?? "refused", error.TextAt("error"));
        }).ToArray();
        notes.Set(Existing, existing);
        return new StepResult.PerRow([.. rows]);
    }

    /// <summary>Contacts to be updated one by one: changed members, and new ones who turned out to exist, where there is anything to update.</summary>
    public static IEnumerable<DeliveryBatch> ToUpdate(DeliveryBatch batch, Notes notes)
    {
        var existing = notes.Get<HashSet<string>>(Existing);
        return from row in batch.Rows
               where row.Operation is DeliveryOperation.Update || (row.Operation is DeliveryOperation.Add && (batch.AttributesOnly || existing?.Contains(row.OperationId) is true))
               where row.Operation is DeliveryOperation.Update || row.Fields.Any(field => !MailchimpConnector.Rules.IsIdentifier(field.Key))
               select batch.Part([row], "contact");
    }

    public static StepResult ReadContact(ConnectorResponse response, DeliveryBatch batch) => response.Status switch
    {
        404 when batch.AttributesOnly => new RowOutcome(RowFate.Rejected, "not_in_audience", "The audience has no such contact."),
        _ => Failure(response) is { } failure ? Named(response, failure) : StepResult.Next,
    };

    /// <summary>Of a call about one member: 404 is an exit that has happened already, or a member who is not there.</summary>
    public static StepResult ReadMember(ConnectorResponse response, DeliveryBatch batch) => response.Status switch
    {
        404 when batch.Rows[0].Operation is DeliveryOperation.Remove && batch.Form is DeliveryForm.Membership => RowOutcome.Accepted,
        404 => new RowOutcome(RowFate.Rejected, "not_in_audience", "The audience has no such contact."),
        _ => Failure(response) is { } failure ? Named(response, failure) : RowOutcome.Accepted,
    };

    /// <summary>One error may be about many addresses. Who is not there to be taken off is off.</summary>
    public static StepResult ReadChanges(ConnectorResponse response, DeliveryBatch batch)
    {
        if (response.Status == 404)
        {
            return new DeliveryOutcome.Misconfigured("segment_gone", "The segment does not exist in this audience. Name another, or let it be created anew.");
        }

        if (Failure(response) is { } failure)
        {
            return failure;
        }

        if (response.Json is not { } answer)
        {
            return new RowOutcome(RowFate.Uncertain, "answer_unreadable", "The answer is no JSON, or too long to be read whole.");
        }

        var errors = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var error in answer.ItemsAt("errors"))
        {
            foreach (var address in error.TextsAt("email_addresses"))
            {
                errors.TryAdd(address, error.TextAt("error") ?? "");
            }
        }

        return StepResult.ForEach(batch, row => row.Operation is not DeliveryOperation.Remove && errors.TryGetValue(MailchimpBodies.AddressOf(row), out var error)
            ? new RowOutcome(RowFate.Rejected, "segment_refused", error)
            : RowOutcome.Accepted);
    }

    public static StepResult ReadSegments(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes)
    {
        if (Failure(response) is { } failure)
        {
            return failure;
        }

        var segments = response.Json?.ItemsAt("segments").ToList() ?? [];
        if (segments.FirstOrDefault(segment => segment.TextAt("name") == audience.Name) is { ValueKind: JsonValueKind.Object } found && found.TextAt("id") is { } id)
        {
            return new StepResult.Found(id);
        }

        var next = int.Parse(notes.Cursor ?? "0", CultureInfo.InvariantCulture) + SegmentsPerPage;
        return segments.Count == SegmentsPerPage || response.Json?.NumberAt("total_items") > next
            ? new StepResult.Page(next.ToString(CultureInfo.InvariantCulture))
            : StepResult.Next;
    }

    /// <summary>A name that is taken by now is looked up again.</summary>
    public static StepResult ReadNewSegment(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        response.Status == 400 && response.Text.Contains("exists", StringComparison.OrdinalIgnoreCase) ? StepResult.Next
        : Failure(response) is { } failure ? failure
        : response.Json?.TextAt("id") is { } id ? new StepResult.Found(id)
        : new DeliveryOutcome.Failed("answer_unreadable", ResponseRules.Describe(response));

    /// <summary>A refusal of one person, under the title that Mailchimp gives it.</summary>
    private static DeliveryOutcome Named(ConnectorResponse response, DeliveryOutcome failure) => failure is DeliveryOutcome.Refused refused && response.Json is { } problem
        ? refused with { Code = problem.TextAt("title")?.Replace(' ', '_').ToLowerInvariant() ?? refused.Code, Detail = problem.TextAt("detail") ?? refused.Detail }
        : failure;
}
