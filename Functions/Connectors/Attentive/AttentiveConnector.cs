using System.Text.Json;
using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Attentive;

/// <summary>Attentive: keeps the members of a segment, sets attributes of people, sends custom events. It never subscribes or unsubscribes anybody.</summary>
/// <remarks>
/// Wire facts: Attentive's OpenAPI (docs.attentive.com, v2 for segments, bulk calls and attributes, v1 for events; read 2026-08). Members are taken as a job,
/// whose report (one line a member, with the request and its answer) is linked from its status; the form of a line is not documented, see <see cref="AttentiveReport"/>.
/// </remarks>
internal static partial class AttentiveConnector
{
    private const string Api = "https://api.attentivemobile.com";
    private const string ClientUserId = "clientUserId";
    private const string ReportUrl = "report";

    /// <summary>Theirs: 1 to 256 people in one call for attributes, 240 characters in a segment's name, 100 in a client's id of a person.</summary>
    private const int MostUsersPerCall = 256;
    private const int MostNameLength = 240;
    private const int MostClientIdLength = 100;

    /// <summary>Between two looks at a job. Ours.</summary>
    private static readonly TimeSpan PollPause = TimeSpan.FromSeconds(10);

    private static readonly SettingField ApiKey = SettingField.Secret(
        "apiKey", "API key", "Of a private app with the scopes for segments, attributes and events.", required: true, pattern: "[!-~]+");

    private static readonly IdentifierRule Phone = Identifier.Phone.As("phone").E164();
    private static readonly IdentifierRule Email = Identifier.Email.As("email").TrimmedLowercase();

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "attentive",
        DisplayName = "Attentive",
        DocsUrl = new("https://docs.attentive.com/openapi/reference/"),
        Summary = "Adds people to, and removes them from, one segment, matched by phone or by email; sets their attributes; or sends one custom event a person.",
        RowAnswers = "Members are taken as a job; its report, one line a member, says what became of each. Events are answered one by one.",
        Notes =
        [
            "Nobody is subscribed or unsubscribed: whoever is not subscribed in Attentive is on the segment and gets no message.",
            "Two profiles with the same phone or email may be merged by Attentive.",
            "Attributes keep the type of their first value; lists are sent as one text.",
        ],
        Sources =
        [
            new("Attentive API v2: segments, bulk calls, attributes", "https://docs.attentive.com/openapi/reference/", "2026-08"),
            new("Attentive API v1: custom events", "https://docs.attentive.com/openapi/reference/tag/Custom-Events/", "2026-08"),
        ],
        Settings = [ApiKey],
        Fields = new()
        {
            Identifiers = [Phone, Email],
            Need = IdentifierNeed.ExactlyOneOf,
            Known = [ClientUserId, "firstName", "lastName"],
            NamePattern = "^[^'\"{}\\[\\],]+$",
            NameHint = "it must be without quotes, commas, braces and brackets",
        },
        DefaultMapping = [new("phone", "phone", IsIdentifier: true)],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership, DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 10_000,
            CallsPerSecond = 100,
            MaxResponseBytes = 16 * 1024 * 1024, // a report of 10,000 lines
            UnmentionedRow = RowFate.Accepted,
            DedupeId = "externalEventId of an event",
        },
        CapabilitiesFor = static (_, form) => form is DeliveryForm.Events
            ? Definition!.Capabilities with { RowsPerBatch = 100, CallsPerBatch = 4, CallsPerSecond = 150 } // 100 and 4 are ours
            : Definition!.Capabilities,
        CheckRow = CheckRow,
        Steps =
        [
            new() { Name = "event", Parts = EventParts, BuildRequest = BuildEvent, ReadResponse = Accept },
            new() { Name = "attributes", Parts = AttributeParts, BuildRequest = BuildAttributes, ReadResponse = ReadAttributes },
            new() { Name = "members", Parts = MemberParts, BuildRequest = BuildMembers, ReadResponse = ReadMembers },
        ],
        PollJob =
        [
            new() { Name = "job", BuildRequest = static (job, _, _) => Get($"/v2/bulk/job/{Uri.EscapeDataString(job.JobId)}"), ReadResponse = ReadJob },
            new() { Name = "report", BuildRequest = BuildReport, ReadResponse = ReadReport },
        ],
        FindAudience =
        [
            new() { Name = "segment by id", BuildRequest = static (audience, _, _) => Get($"/v2/segments/external/{Uri.EscapeDataString(audience.Id)}"), ReadResponse = ReadById },
            new() { Name = "segment by name", BuildRequest = FindByName, ReadResponse = ReadByName },
        ],
        CreateAudience = [new() { Name = "create segment", BuildRequest = BuildSegment, ReadResponse = ReadSegment }],
        Check = new()
        {
            Name = "me",
            BuildRequest = static (_, _, _) => Get("/v2/me"),
            ReadResponse = static (response, _, _, _) => ResponseRules.Read(response, static () => StepResult.Next),
        },
        Authorize = static context => context.Request.Headers.Authorization = new("Bearer", ApiKey.In(context.Settings)),
    };

    /// <summary>A member that cannot be valid would have the whole call refused.</summary>
    private static RowOutcome? CheckRow(DeliveryRow row, DeliveryBatch batch, ConnectorSettings settings) =>
        Phone.Of(row.Fields) is { Length: > 0 } phone && !E164().IsMatch(phone) ? new(RowFate.Rejected, "invalid_phone", "The phone number is not of the form +, country code, number (E.164).")
        : row.Fields[ClientUserId].ToString().Length > MostClientIdLength ? new(RowFate.Rejected, "invalid_client_user_id", $"{ClientUserId} is longer than {MostClientIdLength} characters.")
        : null;

    private static IEnumerable<DeliveryBatch> EventParts(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        batch.Form is DeliveryForm.Events ? Parts.EachRow()(batch, settings, notes) : [];

    private static HttpRequestMessage BuildEvent(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => JsonBody.Request(HttpMethod.Post, $"{Api}/v1/events/custom", json =>
    {
        var row = batch.Rows[0];
        json.WriteStartObject();
        json.WriteString("type", AudienceEvent.NameOf(row.Operation));
        json.WriteStartObject("properties");
        AudienceEvent.WriteProperties(json, row with { Fields = new Row(row.Fields.Where(static field => field.Key != ClientUserId)) }, batch.Audience, Definition.Fields);
        json.WriteEndObject();
        json.WriteString("externalEventId", row.OperationId);
        json.WriteString("occurredAt", Timestamps.Format(batch.AsOf));
        json.WriteStartObject("user");
        WriteIdentifiers(json, row);
        if (row.Fields[ClientUserId].ToString() is { Length: > 0 } id)
        {
            json.WriteStartObject("externalIdentifiers");
            json.WriteString(ClientUserId, id);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static IEnumerable<DeliveryBatch> AttributeParts(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        batch.Form is DeliveryForm.Events ? [] : Parts.Chunks(MostUsersPerCall, static row => row.Operation is not DeliveryOperation.Remove && Attributes(row).Any())(batch, settings, notes);

    private static IEnumerable<KeyValuePair<string, Cell>> Attributes(DeliveryRow row) =>
        row.Fields.Where(static field => field.Key != ClientUserId && !Definition.Fields.IsIdentifier(field.Key));

    private static HttpRequestMessage BuildAttributes(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        JsonBody.Request(HttpMethod.Post, $"{Api}/v2/bulk/user/attributes", json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("users");
            foreach (var row in batch.Rows)
            {
                json.WriteStartObject();
                json.WriteStartObject("identifiers");
                WriteIdentifiers(json, row);
                WriteClientId(json, row);
                json.WriteEndObject();
                json.WriteStartObject("attributes");
                WriteAttributes(json, row);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });

    private static void WriteAttributes(Utf8JsonWriter json, DeliveryRow row)
    {
        foreach (var (name, cell) in Attributes(row).Where(static field => IsNamed(field.Key)))
        {
            json.WritePropertyName(name);
            CellJson.Write(json, cell.IsAbsent ? cell : Cell.Of(cell.ToString()));
        }

        json.WriteStartObject("custom");
        foreach (var (name, cell) in Attributes(row).Where(static field => !IsNamed(field.Key)))
        {
            json.WritePropertyName(name);
            if (cell.Type is CellType.TextList)
            {
                json.WriteStringValue(cell.ToString()); // a list would have the call refused
            }
            else
            {
                CellJson.Write(json, cell);
            }
        }

        json.WriteEndObject();
    }

    private static bool IsNamed(string field) => field is "firstName" or "lastName";

    private static StepResult ReadAttributes(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        ResponseRules.Read(response, static () => StepResult.Next);

    /// <summary>In the mode that only updates nobody is put on the segment. Adding somebody who is there changes nothing.</summary>
    private static IEnumerable<DeliveryBatch> MemberParts(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        batch.Form is DeliveryForm.Events || batch.AttributesOnly ? [] : [batch];

    /// <summary>A removal takes the member off this segment and does nothing else to the person.</summary>
    private static HttpRequestMessage BuildMembers(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => JsonBody.Request(
        batch.Rows[0].Operation is DeliveryOperation.Remove ? HttpMethod.Delete : HttpMethod.Post,
        $"{Api}/v2/bulk/segments/members",
        json =>
        {
            json.WriteStartObject();
            json.WriteString("externalId", batch.Audience.ExternalId ?? batch.Audience.Id);
            json.WriteStartArray("members");
            foreach (var row in batch.Rows)
            {
                json.WriteStartObject();
                WriteIdentifiers(json, row);
                WriteClientId(json, row);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });

    private static void WriteIdentifiers(Utf8JsonWriter json, DeliveryRow row)
    {
        foreach (var rule in Definition.Fields.Identifiers)
        {
            if (rule.Of(row.Fields) is { Length: > 0 } value)
            {
                json.WriteString(rule.Field, value);
            }
        }
    }

    private static void WriteClientId(Utf8JsonWriter json, DeliveryRow row)
    {
        if (row.Fields[ClientUserId].ToString() is { Length: > 0 } id)
        {
            json.WriteString(ClientUserId, id);
        }
    }

    private static StepResult Accept(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        ResponseRules.Read(response, () => DeliveryOutcome.AllAccepted(batch));

    /// <summary>The id is called <c>batchJobId</c> here and <c>bulkJobId</c> in the job's status. Without one there is nothing to ask after: 202 says that the call is taken.</summary>
    private static StepResult ReadMembers(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) => ResponseRules.Read(
        response,
        () => (response.Json?.TextAt("batchJobId") ?? response.Json?.TextAt("bulkJobId")) is { Length: > 0 } job ? new DeliveryOutcome.Pending(job, PollPause) : DeliveryOutcome.AllAccepted(batch));

    private static StepResult ReadJob(ConnectorResponse response, DeliveryJob job, ConnectorSettings settings, Notes notes)
    {
        if (response.Status == 404)
        {
            return Uncertain(job, "job_unknown", "Attentive no longer knows the job.");
        }

        return ResponseRules.Read(response, () => (response.Json?.TextAt("status")?.ToUpperInvariant(), response.Json?.TextAt("url")) switch
        {
            ("COMPLETED", { Length: > 0 } url) when IsReport(url) => Go(url),
            ("COMPLETED", _) => DeliveryOutcome.AllAccepted(job.Batch),
            ("FAILED", _) => new DeliveryOutcome.Failed("job_failed", "Attentive's job failed."),
            _ => new DeliveryOutcome.Pending(job.JobId, PollPause),
        });

        StepResult Go(string url)
        {
            notes.Set(ReportUrl, url);
            return StepResult.Next;
        }
    }

    /// <summary>A report is fetched from a signed address at another host, which must not see the key.</summary>
    private static HttpRequestMessage? BuildReport(DeliveryJob job, ConnectorSettings settings, Notes notes) =>
        notes.Get<string>(ReportUrl) is { } url ? new HttpRequestMessage(HttpMethod.Get, url).WithoutCredentials() : null;

    private static bool IsReport(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "https" or "http";

    private static StepResult ReadReport(ConnectorResponse response, DeliveryJob job, ConnectorSettings settings, Notes notes) => response.Status is 403 or 404
        ? Uncertain(job, "report_gone", "Attentive's report of the job cannot be read any more.")
        : ResponseRules.Read(response, () => AttentiveReport.Read(response, job.Batch, Phone, Email));

    private static DeliveryOutcome Uncertain(DeliveryJob job, string code, string detail) =>
        new DeliveryOutcome.Settled([.. Enumerable.Repeat(new RowOutcome(RowFate.Uncertain, code, detail), job.Batch.Rows.Length)]);

    /// <summary>Segments that we make carry the destination's id, so that one is found again whatever its name has become.</summary>
    private static StepResult ReadById(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        response.Status == 404 ? StepResult.Next : ResponseRules.Read(response, () => new StepResult.Found(audience.Id));

    /// <summary>The platform matches parts of names; we compare the whole.</summary>
    private static HttpRequestMessage FindByName(AudienceRef audience, ConnectorSettings settings, Notes notes) => Get(
        $"/v2/segments?name={Uri.EscapeDataString(NameOf(audience))}&limit=100{(notes.Cursor is { } cursor ? $"&cursor={Uri.EscapeDataString(cursor)}" : "")}");

    private static StepResult ReadByName(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) => ResponseRules.Read(response, () =>
        response.Json?.ItemsAt("segments").FirstOrDefault(segment => segment.TextAt("name") == NameOf(audience) && segment.TextAt("externalId") is { Length: > 0 }).TextAt("externalId") is { } id
            ? new StepResult.Found(id)
            : response.Json?.At("hasMore") is { ValueKind: JsonValueKind.True } && response.Json?.TextAt("cursor") is { Length: > 0 } cursor
                ? new StepResult.Page(cursor)
                : StepResult.Next);

    private static HttpRequestMessage BuildSegment(AudienceRef audience, ConnectorSettings settings, Notes notes) => JsonBody.Request(HttpMethod.Post, $"{Api}/v2/segments", json =>
    {
        json.WriteStartObject();
        json.WriteString("name", NameOf(audience));
        json.WriteString("externalId", audience.Id);
        json.WriteEndObject();
    });

    /// <summary>409: somebody made it in the meantime, under the id that only this destination gives.</summary>
    private static StepResult ReadSegment(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) => response.Status == 409
        ? new StepResult.Found(audience.Id)
        : ResponseRules.Read(response, () => new StepResult.Found(response.Json?.TextAt("externalId") is { Length: > 0 } id ? id : audience.Id));

    private static string NameOf(AudienceRef audience) => audience.Name.Length > MostNameLength ? audience.Name[..MostNameLength] : audience.Name;

    private static HttpRequestMessage Get(string path) => new(HttpMethod.Get, $"{Api}{path}");

    [GeneratedRegex(@"^\+[1-9][0-9]{6,14}$", RegexOptions.CultureInvariant)]
    private static partial Regex E164();
}
