using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors;

/// <summary>Purchasely custom audiences: adds people to, and removes them from, one static list of the app's own ids.</summary>
/// <remarks>
/// Wire facts: docs.purchasely.com, Custom Audiences API (Client API, unversioned, read 2026-08). A list takes one change at a time: a change is taken with 202 and
/// counts when the list is <c>ready</c> again; its result is three numbers, without a word on single ids.
/// </remarks>
internal static class PurchaselyAudiences
{
    private const string UserId = "user_id";
    private const string AnonymousId = "anonymous_id";
    private const int PageSize = 25;

    /// <summary>After a 429 that says nothing else: the limit is 60 calls a minute.</summary>
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly SettingField AppId = SettingField.Text(
        "appId", "Application ID", "Shown in the console's address; it begins with app_.", required: true, pattern: "app_[A-Za-z0-9_-]+");

    private static readonly SettingField ApiKey = SettingField.Secret(
        "apiKey", "Client API key", "From Settings, Client API Keys, of this application. Not the key of the server-to-server API.", required: true, pattern: "[!-~]+");

    private static readonly SettingField IdentifierType = SettingField.Choice(
        "identifierType", "Identifier", "What the ids of audiences are: those the app logs people in with, or the SDK's anonymous ones. An audience keeps its kind for good.", [UserId, AnonymousId], UserId);

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "purchasely-audiences",
        DisplayName = "Purchasely audiences",
        DocsUrl = new("https://docs.purchasely.com/docs/custom-audiences-api"),
        Summary = "Adds people to, and removes them from, one custom audience of a mobile app, by the ids that the app gives them.",
        RowAnswers = "A change is a job on the whole audience; its result counts ids that were skipped or failed and names none, so that the batch is then uncertain and sent again by the next run.",
        Notes =
        [
            "Custom audiences are a paid feature, to be switched on by Purchasely.",
            "An audience takes one change at a time, and a key 60 calls a minute, of which each change takes two or more.",
            "Ids are sent as they are: upper and lower case count.",
        ],
        Sources = [new("Purchasely, Custom Audiences API", "https://docs.purchasely.com/docs/custom-audiences-api", "2026-08")],
        Settings = [AppId, ApiKey, IdentifierType],
        Fields = new()
        {
            Identifiers = [Identifier.ProfileId.As(UserId).Trimmed(), new Identifier(AnonymousId).As(AnonymousId).Trimmed()],
            Need = IdentifierNeed.ExactlyOneOf,
            OnlyKnown = true,
        },
        DefaultMapping = [new("id", UserId, IsIdentifier: true)],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Remove],
            RowsPerBatch = 50_000, // ours; theirs is the body's size
            MaxBodyBytes = 10_000_000,
            CallsPerSecond = 1,
            ConcurrentCalls = 1,
            OneCallPerAudience = true,
            MixesOperations = true,
        },
        CheckRow = CheckRow,
        Steps = [new() { Name = "users", BuildRequest = BuildUsers, ReadResponse = ReadUsers }],
        PollJob = [new() { Name = "audience", BuildRequest = static (job, settings, _) => Get(settings, IdOf(job.Batch)), ReadResponse = ReadJob }],
        FindAudience =
        [
            new() { Name = "audience by id", BuildRequest = static (audience, settings, _) => Get(settings, audience.Key), ReadResponse = ReadById },
            new() { Name = "audience by name", BuildRequest = static (_, settings, notes) => List(settings, notes.Cursor ?? "1"), ReadResponse = ReadByName },
        ],
        CreateAudience = [new() { Name = "create audience", BuildRequest = BuildAudience, ReadResponse = ReadAudience }],
        Check = new()
        {
            Name = "audiences",
            BuildRequest = static (_, settings, _) => List(settings, "1"),
            ReadResponse = static (response, _, _, _) => Failure(response) is { } failure ? failure : StepResult.Next,
        },
        Authorize = static context => context.Request.Headers.Authorization = new("Bearer", ApiKey.In(context.Settings)),
    };

    private static IdentifierRule RuleIn(ConnectorSettings settings) => Definition.Fields.Identifiers.Single(rule => rule.Field == IdentifierType.In(settings));

    /// <summary>The platform passes over ids that it cannot take and only counts them.</summary>
    private static RowOutcome? CheckRow(DeliveryRow row, DeliveryBatch batch, ConnectorSettings settings)
    {
        var id = RuleIn(settings).Of(row.Fields);
        return id.Length == 0 ? new(RowFate.Rejected, "wrong_identifier", $"The connection's audiences are of {IdentifierType.In(settings)}, and the member has none: map that field, or use another connection.")
            : id.Any(char.IsControl) ? new(RowFate.Rejected, "invalid_id", "The id holds a control character.")
            : null;
    }

    /// <summary>One call may add and remove; what is done with the same id twice is not documented, so that the last word counts and the others are left out.</summary>
    private static HttpRequestMessage BuildUsers(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        var rule = RuleIn(settings);
        var changes = new OrderedDictionary<string, bool>(batch.Rows.Length, StringComparer.Ordinal);
        foreach (var row in batch.Rows)
        {
            changes[rule.Of(row.Fields)] = row.Operation is not DeliveryOperation.Remove;
        }

        return JsonBody.Request(HttpMethod.Post, $"{Address(settings, IdOf(batch))}/users", json =>
        {
            json.WriteStartObject();
            foreach (var isAdded in (ReadOnlySpan<bool>)[true, false])
            {
                if (changes.ContainsValue(isAdded))
                {
                    json.WriteStartArray(isAdded ? "add" : "remove");
                    foreach (var (id, added) in changes)
                    {
                        if (added == isAdded)
                        {
                            json.WriteStringValue(id);
                        }
                    }

                    json.WriteEndArray();
                }
            }

            json.WriteEndObject();
        });
    }

    private static StepResult ReadUsers(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        Failure(response) is { } failure ? failure : Look(1);

    private static StepResult ReadJob(ConnectorResponse response, DeliveryJob job, ConnectorSettings settings, Notes notes)
    {
        if (Failure(response) is { } failure)
        {
            return failure;
        }

        var audience = response.Json?.At("custom_audience");
        var (skipped, failed) = (audience?.NumberAt("last_job_result", "skipped_count") ?? 0, audience?.NumberAt("last_job_result", "error_count") ?? 0);
        return audience?.TextAt("status") switch
        {
            "ready" when skipped + failed == 0 => DeliveryOutcome.AllAccepted(job.Batch),
            "ready" => Unclear(),
            "failed" => new DeliveryOutcome.Failed("job_failed", $"Purchasely's change of the audience failed ({failed} of its ids with an error)."),
            _ => Look(int.TryParse(job.JobId.AsSpan(job.JobId.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var looks) ? looks + 1 : 1),
        };

        StepResult Unclear()
        {
            var told = $"Purchasely skipped {skipped} ids of the change and failed on {failed}, and does not say which.";
            return (skipped + failed >= job.Batch.Rows.Length ? new RowOutcome(RowFate.Rejected, "skipped", told) : new RowOutcome(RowFate.Uncertain, "some_skipped", told));
        }
    }

    /// <summary>An audience has one change under way and no ids of changes: the job's id is how often it was looked at, since the pauses grow (5, 10, 20, 30 s).</summary>
    private static DeliveryOutcome Look(int looks) =>
        new DeliveryOutcome.Pending($"look-{looks.ToString(CultureInfo.InvariantCulture)}", TimeSpan.FromSeconds(looks switch { 1 => 5, 2 => 10, 3 => 20, _ => 30 }));

    private static StepResult ReadById(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        response.Status == 404 && CodeIn(response) is "CUSTOM_AUDIENCE_NOT_FOUND" ? StepResult.Next
        : Failure(response) is { } failure ? failure
        : Found(response.Json?.At("custom_audience")?.TextAt("identifier_type"), audience.Key, settings);

    /// <summary>The list says nothing of its length: it ends with a page that is not full.</summary>
    private static StepResult ReadByName(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes)
    {
        if (Failure(response) is { } failure)
        {
            return failure;
        }

        var audiences = response.Json?.ItemsAt("custom_audiences").ToList() ?? [];
        return audiences.Find(item => item.TextAt("name") == audience.Name) is { ValueKind: JsonValueKind.Object } found && found.TextAt("vendor_id") is { } id
            ? Found(found.TextAt("identifier_type"), id, settings)
            : audiences.Count >= PageSize
                ? new StepResult.Page((int.Parse(notes.Cursor ?? "1", CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture))
                : StepResult.Next;
    }

    private static StepResult Found(string? kind, string id, ConnectorSettings settings) => kind is null || kind == IdentifierType.In(settings)
        ? new StepResult.Found(id)
        : new DeliveryOutcome.Misconfigured("wrong_identifier", $"The audience '{id}' is of {kind}, the connection of {IdentifierType.In(settings)}: an audience keeps its kind for good.");

    private static HttpRequestMessage BuildAudience(AudienceRef audience, ConnectorSettings settings, Notes notes) => JsonBody.Request(HttpMethod.Post, Address(settings), json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("custom_audience");
        json.WriteString("vendor_id", audience.Key);
        json.WriteString("name", audience.Name);
        json.WriteString("identifier_type", IdentifierType.In(settings));
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static StepResult ReadAudience(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        response.Status is 409 or 422 && response.Text.Contains("taken", StringComparison.OrdinalIgnoreCase) ? new StepResult.Found(audience.Key) // a lost race
        : Failure(response) is { } failure ? failure
        : new StepResult.Found(response.Json?.TextAt("custom_audience", "vendor_id") ?? audience.Key);

    /// <summary>What is wrong, by code rather than by status: 403 is the key or the contract, 409 means wait.</summary>
    private static DeliveryOutcome? Failure(ConnectorResponse response) => (response.Status, CodeIn(response)) switch
    {
        (403, "FEATURE_NOT_ENABLED") => new DeliveryOutcome.Misconfigured("feature_not_enabled", $"Custom audiences are not part of this account's contract. {ResponseRules.Describe(response)}"),
        (404, "CUSTOM_AUDIENCE_NOT_FOUND") => new DeliveryOutcome.Misconfigured("audience_not_found", "Purchasely has no such custom audience."),
        (409, "MUTATION_IN_PROGRESS" or "CANNOT_ARCHIVE_WHILE_PROCESSING") => new DeliveryOutcome.Throttled(response.RetryAfter ?? TimeSpan.FromSeconds(10), "mutation_in_progress"),
        (429, _) => new DeliveryOutcome.Throttled(response.RetryAfter ?? Minute, "http_429"),
        _ => ResponseRules.Failure(response),
    };

    private static string? CodeIn(ConnectorResponse response) => response.Json?.TextAt("error", "code");

    private static string IdOf(DeliveryBatch batch) => batch.Audience.ExternalId ?? batch.Audience.Key;

    private static HttpRequestMessage List(ConnectorSettings settings, string page) => new(HttpMethod.Get, $"{Address(settings)}?page={page}");

    private static HttpRequestMessage Get(ConnectorSettings settings, string? id) => new(HttpMethod.Get, Address(settings, id));

    private static string Address(ConnectorSettings settings, string? id = null) =>
        $"https://api.purchasely.io/client/mobile_applications/{Uri.EscapeDataString(AppId.In(settings))}/custom_audiences{(id is null ? "" : $"/{Uri.EscapeDataString(id)}")}";
}
