using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.SendGrid;

/// <summary>What SendGrid says. A 202 only queues: the truth about each contact is in the job.</summary>
/// <remarks>tsg_mc_contacts_v3, read 2026-01, and exchanges recorded by peers: the place inside <c>errors[].field</c> may be another contact's, the quoted value is right.</remarks>
internal static partial class SendGridAnswers
{
    /// <summary>Where a job's report is: a note.</summary>
    public const string ReportUrl = "report";

    /// <summary>Contact ids by identifier. Somebody unknown is on no list; 404 says so of all.</summary>
    public static StepResult ReadSearch(ConnectorResponse response, DeliveryBatch batch)
    {
        if (response.Status == 404)
        {
            return RowOutcome.Accepted;
        }

        return ResponseRules.Read(response, () =>
        {
            if (response.Json?.At("result") is not { ValueKind: JsonValueKind.Object } result)
            {
                return new DeliveryOutcome.Failed("answer_unreadable", ResponseRules.Describe(response));
            }

            var ids = new Dictionary<string, string>(batch.Tag == "email" ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
            foreach (var found in result.EnumerateObject())
            {
                if (found.Value.TextAt("contact", "id") is { } id)
                {
                    ids[found.Name] = id;
                }
            }

            return StepResult.ForEach(batch, row => ids.TryGetValue(SendGridConnector.Rules.FirstOf(row.Fields)!.Value.Value, out var id) ? RowAnswer.Known(id) : RowOutcome.Accepted);
        });
    }

    public static StepResult ReadRemoval(ConnectorResponse response, DeliveryBatch batch) =>
        response.Status == 404 ? ListGone : ResponseRules.Read(response, () => StepResult.ForEach(batch, row => RowOutcome.AcceptedAs(row.RemoteId)));

    /// <summary>Ids of the custom fields that are named by name; one that does not exist would be refused.</summary>
    public static StepResult ReadFields(ConnectorResponse response, DeliveryBatch batch, Notes notes) => ResponseRules.Read(response, () =>
    {
        var ids = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in (response.Json ?? default).ItemsAt("custom_fields"))
        {
            if (field.TextAt("name") is { } name && field.TextAt("id") is { } id)
            {
                ids.TryAdd(name, id);
            }
        }

        var unknown = SendGridBodies.CustomNames(batch).Where(name => !ids.ContainsKey(name)).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            return new DeliveryOutcome.Misconfigured("unknown_custom_field", $"SendGrid has no custom field named {string.Join(", ", unknown)}. Create it there, or map another field.");
        }

        notes.Set(SendGridBodies.FieldIds, ids);
        return StepResult.Next;
    });

    public static StepResult ReadUpsert(ConnectorResponse response, DeliveryBatch batch, TimeSpan pollAfter)
    {
        if (response.Status == 400)
        {
            return Refused(response, batch);
        }

        return ResponseRules.Read(response, () => response.Json?.TextAt("job_id") is { } job ? new DeliveryOutcome.Pending(job, pollAfter)
            : response.Status == 202 ? new RowOutcome(RowFate.Uncertain, "job_unknown", "The contacts were taken, but the answer names no job.")
            : RowOutcome.Accepted);
    }

    public static StepResult ReadJob(ConnectorResponse response, DeliveryJob job, Notes notes, TimeSpan pollAfter)
    {
        if (response.Status == 404)
        {
            return new RowOutcome(RowFate.Uncertain, "job_expired", "SendGrid no longer knows the import.");
        }

        return ResponseRules.Read(response, () =>
        {
            var answer = response.Json ?? default;
            var report = answer.TextAt("results", "errors_url");
            switch (answer.TextAt("status"))
            {
                case "pending":
                    return new DeliveryOutcome.Pending(job.JobId, pollAfter);
                case "completed":
                    return RowOutcome.Accepted;
                case "errored" or "failed" when Uri.TryCreate(report, UriKind.Absolute, out var url) && url.Scheme is "https" or "http":
                    notes.Set(ReportUrl, url.AbsoluteUri);
                    return StepResult.Next;
                case "errored":
                    return new RowOutcome(RowFate.Uncertain, "report_missing", "Some contacts failed, and the import names no report.");
                case "failed":
                    return new RowOutcome(RowFate.Retryable, "import_failed", "The import failed as a whole.");
                default:
                    return new DeliveryOutcome.Failed("answer_unreadable", ResponseRules.Describe(response));
            }
        });
    }

    /// <summary>The report lists failed contacts: CSV, possibly compressed, its columns not documented. A row is meant when one of its identifiers stands in a line.</summary>
    public static StepResult ReadReport(ConnectorResponse response, DeliveryJob job)
    {
        // A link that has ended: whom it named is not known.
        if (response.Status is >= 400 and < 500 and not (408 or 429))
        {
            return new RowOutcome(RowFate.Uncertain, "report_unreadable", $"The report could not be read: {response.Status}.");
        }

        return ResponseRules.Read(response, () =>
        {
            if (response.IsCut || Text(response) is not { } text)
            {
                return new RowOutcome(RowFate.Uncertain, "report_unreadable", "The report is too long, or no text.");
            }

            var owners = Owners(job.Batch);
            var failed = new Dictionary<int, RowOutcome>();
            foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                var cells = Cell().Matches(line).Select(match => match.Groups[1].Success ? match.Groups[1].Value.Replace("\"\"", "\"", StringComparison.Ordinal) : match.Groups[2].Value.Trim()).ToList();
                foreach (var place in cells.Select(cell => owners.GetValueOrDefault(cell, -1)).Where(place => place >= 0))
                {
                    failed.TryAdd(place, new(RowFate.Rejected, "import_error", line));
                }
            }

            return RowAnswers.ByIndex(job.Batch, failed, RowOutcome.Accepted);
        });
    }

    public static StepResult ReadLists(ConnectorResponse response, AudienceRef audience) => ResponseRules.Read(response, () =>
    {
        var answer = response.Json ?? default;
        return answer.ItemsAt("result").FirstOrDefault(list => list.TextAt("name") == audience.Name).TextAt("id") is { } id ? new StepResult.Found(id)
            : answer.TextAt("_metadata", "next") is { } next && PageToken().Match(next) is { Success: true } match ? new StepResult.Page(Uri.UnescapeDataString(match.Groups[1].Value))
            : StepResult.Next;
    });

    /// <summary>A name that is taken by now is looked up again.</summary>
    public static StepResult ReadNewList(ConnectorResponse response) =>
        response.Status is 400 or 409 && (response.Text.Contains("already", StringComparison.OrdinalIgnoreCase) || response.Text.Contains("exist", StringComparison.OrdinalIgnoreCase))
            ? StepResult.Next
            : ResponseRules.Read(response, () => response.Json?.TextAt("id") is { } id
                ? new StepResult.Found(id)
                : new DeliveryOutcome.Failed("answer_unreadable", ResponseRules.Describe(response)));

    private static DeliveryOutcome.Misconfigured ListGone => new("list_gone", "The list does not exist. Name another, or let it be created anew.");

    /// <summary>Nothing was taken. The values quoted in the messages name the contacts at fault.</summary>
    private static StepResult Refused(ConnectorResponse response, DeliveryBatch batch)
    {
        var owners = Owners(batch);
        var rows = new Dictionary<int, RowOutcome>();
        foreach (var error in (response.Json ?? default).ItemsAt("errors"))
        {
            var message = error.TextAt("message") ?? "";
            if (error.TextAt("field") is "list_ids" || message.Contains("list id", StringComparison.OrdinalIgnoreCase))
            {
                return ListGone;
            }

            foreach (var place in Quoted().Matches(message).Select(match => owners.GetValueOrDefault(match.Groups[1].Value, -1)).Where(place => place >= 0))
            {
                rows.TryAdd(place, new(RowFate.Rejected, "invalid_contact", message));
            }
        }

        return RowAnswers.RefusedByIndex(batch, rows, "http_400", ResponseRules.Describe(response));
    }

    /// <summary>Places of the rows by each of their identifiers.</summary>
    private static Dictionary<string, int> Owners(DeliveryBatch batch)
    {
        var owners = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var (place, row) in batch.Rows.Index())
        {
            foreach (var rule in SendGridConnector.Rules.Identifiers)
            {
                if (rule.Of(row.Fields) is { Length: > 0 } value)
                {
                    owners.TryAdd(value, place);
                }
            }
        }

        return owners;
    }

    private static string? Text(ConnectorResponse response)
    {
        var body = response.Body;
        if (body.Length < 2 || body.Span[0] != 0x1f || body.Span[1] != 0x8b)
        {
            return response.Text;
        }

        try
        {
            using var unpacked = new GZipStream(new MemoryStream(body.ToArray()), CompressionMode.Decompress);
            using var reader = new StreamReader(unpacked, Encoding.UTF8);
            var most = new char[MostReportChars];
            var length = reader.ReadBlock(most);
            return length == most.Length ? null : new string(most, 0, length);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Longest report that is read once unpacked. Ours.</summary>
    private const int MostReportChars = 8_000_000;

    [GeneratedRegex("'([^']+)'", RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();

    [GeneratedRegex("(?<=^|,)(?:\"((?:[^\"]|\"\")*)\"|([^,]*))", RegexOptions.CultureInvariant)]
    private static partial Regex Cell();

    [GeneratedRegex("[?&]page_token=([^&]+)", RegexOptions.CultureInvariant)]
    private static partial Regex PageToken();
}
