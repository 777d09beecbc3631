using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Dotdigital;

/// <summary>Jobs: imports, which answer for each contact, and removals from a list, which do not. What a job is stands before its id.</summary>
internal static class DotdigitalJobs
{
    private const string ImportKind = "import/";
    private const string RemovalKind = "deletion/";

    /// <summary>Between two looks at a job; looking costs nothing of the limits. Ours.</summary>
    private static readonly TimeSpan PollPause = TimeSpan.FromSeconds(10);

    public static DeliveryOutcome Import(string id) => new DeliveryOutcome.Pending($"{ImportKind}{id}", PollPause);

    public static DeliveryOutcome Removal(string id) => new DeliveryOutcome.Pending($"{RemovalKind}{id}", PollPause);

    public static HttpRequestMessage Build(DeliveryJob job, ConnectorSettings settings, Notes notes) => new(
        HttpMethod.Get,
        DotdigitalConnector.Address(settings, IsRemoval(job)
            ? $"/v2/contacts/deletion/{Uri.EscapeDataString(job.JobId[RemovalKind.Length..])}"
            : $"/contacts/v3/import/{Uri.EscapeDataString(job.JobId.StartsWith(ImportKind, StringComparison.Ordinal) ? job.JobId[ImportKind.Length..] : job.JobId)}"));

    public static StepResult Read(ConnectorResponse response, DeliveryJob job, ConnectorSettings settings, Notes notes) =>
        response.Status == 404 ? new RowOutcome(RowFate.Uncertain, "job_unknown", "Dotdigital no longer knows the job.")
        : DotdigitalErrors.Read(response) is { } failure ? failure
        : response.IsCut ? new RowOutcome(RowFate.Uncertain, "report_too_large", "Dotdigital's answer is too long to be read whole.")
        : (IsRemoval(job), response.Json?.TextAt("status")) switch
        {
            (true, "Completed") or (false, "Finished") => ReadRows(response.Json!.Value, job.Batch),
            (true, "Failed") => new DeliveryOutcome.Failed("job_failed", "Dotdigital's removal from the list failed."),
            (false, ("Failed" or "RejectedByWatchdog" or "ExceedsAllowedContactLimit") and { } status) =>
                new DeliveryOutcome.Misconfigured(status, $"Dotdigital refuses the import as a whole: {status}. Its support can say why."),
            _ => new DeliveryOutcome.Pending(job.JobId, PollPause),
        };

    private static bool IsRemoval(DeliveryJob job) => job.JobId.StartsWith(RemovalKind, StringComparison.Ordinal);

    /// <summary>Failures by their identifiers; ids of the others are remembered, for they are what leaving a list needs.</summary>
    private static StepResult ReadRows(JsonElement json, DeliveryBatch batch)
    {
        var answers = new Dictionary<string, RowOutcome>(StringComparer.OrdinalIgnoreCase);
        foreach (var contact in json.ItemsAt("created").Concat(json.ItemsAt("updated")))
        {
            Take(contact, RowOutcome.AcceptedAs(contact.TextAt("contactId")));
        }

        foreach (var failure in json.ItemsAt("failures"))
        {
            var first = failure.ItemsAt("failures").FirstOrDefault();
            Take(failure, new(RowFate.Rejected, first.TextAt("failureCode") ?? "rejected", first.TextAt("description")));
        }

        return new StepResult.PerRow([.. batch.Rows.Select(row =>
        {
            var key = DotdigitalContacts.KeyOf(row).Value;
            return (RowAnswer)(answers.TryGetValue(key, out var answer) ? answer : RowOutcome.Accepted);
        })]);

        void Take(JsonElement contact, RowOutcome outcome)
        {
            foreach (var rule in (ReadOnlySpan<IdentifierRule>)[DotdigitalContacts.Email, DotdigitalContacts.Mobile])
            {
                if (contact.TextAt("identifiers", rule.Field)?.Trim().TrimStart('+') is { Length: > 0 } value)
                {
                    answers[value] = outcome;
                }
            }
        }
    }
}
