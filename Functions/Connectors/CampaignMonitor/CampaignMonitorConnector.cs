using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.CampaignMonitor;

/// <summary>Campaign Monitor: keeps the subscribers of one list. An exit deletes the subscriber from that list, which is no unsubscription.</summary>
/// <remarks>
/// Wire facts: campaignmonitor.com/api/v3-3 (subscribers, lists, clients; v3.3, read 2026-08). Every path ends in <c>.json</c>, else the answer is XML. Of an import
/// with bad rows the answer is 400 with code 210, which names them; the others were imported all the same. There are no events and no bulk removal.
/// </remarks>
internal static class CampaignMonitorConnector
{
    private const string EmailAddress = "EmailAddress";

    /// <summary>A removed subscriber who is added: the list keeps its removed people, marked as deleted.</summary>
    private const string Deleted = "code_205";

    private static readonly SettingField ApiKey = SettingField.Secret(
        "apiKey", "API key", "Of the account or of one client, from Account settings, API keys. Or give a refresh token.", pattern: "[!-~]+");

    private static readonly SettingField RefreshToken = SettingField.Secret(
        "refreshToken", "OAuth refresh token", "Instead of an API key: of an app with the scopes ImportSubscribers and ManageLists. Each renewal brings the next one, which is kept.", pattern: "[!-~]+");

    private static readonly SettingField ClientId = SettingField.Text(
        "clientId", "Client ID", "Of the client whose lists are used; needed to find or make a list by its name. Shown under Client settings, API keys.", pattern: "[0-9a-fA-F]{32}");

    private static readonly SettingField ReAddDeleted = SettingField.Flag(
        "reAddDeleted", "Add deleted people again", "People who were deleted from the list, as an exit does, are added again when they come back. Who unsubscribed never is.", @default: true);

    private static readonly SettingField ConsentToTrack = SettingField.Choice(
        "consentToTrack", "Consent to track", "What is recorded for each person; Unchanged keeps what there is.", ["Unchanged", "Yes", "No"], "Unchanged");

    private static readonly SettingField ConsentToSendSms = SettingField.Choice(
        "consentToSendSms", "Consent to send SMS", "What is recorded for people whose MobileNumber is mapped; Unchanged keeps what there is.", ["Unchanged", "Yes", "No"], "Unchanged");

    private static readonly SettingField ApiVersion = SettingField.Text("apiVersion", "API version", "Of the path.", pattern: @"v\d+\.\d+", @default: "v3.3", hidden: true);

    private static readonly IdentifierRule Email = Identifier.Email.As(EmailAddress).TrimmedLowercase();

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "campaign-monitor",
        DisplayName = "Campaign Monitor",
        DocsUrl = new("https://www.campaignmonitor.com/api/v3-3/subscribers/"),
        Summary = "Adds people to, updates them in, and deletes them from, one subscriber list.",
        RowAnswers = "An import names its failed rows by email address, also inside a 400; the others are imported. Removals are one call a person.",
        Notes =
        [
            "An exit deletes the subscriber from this list only. It does not unsubscribe: nobody ends on the suppression list.",
            "Nobody who unsubscribed, bounced or is suppressed is subscribed again: such members are reported as rejected.",
            "Custom fields must exist on the list: others are ignored by Campaign Monitor. Texts are cut at 250 characters.",
        ],
        Sources =
        [
            new("Campaign Monitor API v3.3: subscribers", "https://www.campaignmonitor.com/api/v3-3/subscribers/", "2026-08"),
            new("Campaign Monitor API v3.3: lists", "https://www.campaignmonitor.com/api/v3-3/lists/", "2026-08"),
            new("Campaign Monitor API v3.3: authentication and errors", "https://www.campaignmonitor.com/api/v3-3/getting-started/", "2026-08"),
        ],
        Settings = [ApiKey, RefreshToken, ClientId, ReAddDeleted, ConsentToTrack, ConsentToSendSms, ApiVersion],
        CheckSettings = static settings => (ApiKey.IsSetIn(settings), RefreshToken.IsSetIn(settings)) switch
        {
            (false, false) => [new("/secrets", "required", $"Give an {ApiKey.Label} or an {RefreshToken.Label}.")],
            (true, true) => [new("/secrets", "ambiguous", $"Give an {ApiKey.Label} or an {RefreshToken.Label}, not both.")],
            _ => [],
        },
        Fields = new()
        {
            Identifiers = [Email],
            Need = IdentifierNeed.AllOf,
            Known = ["Name", "MobileNumber"],
            NamePattern = @"^(?:[^\[\]]+|\[[^\[\]]+\])$",
            NameHint = "it is the key of a custom field, such as tier or [tier]",
        },
        DefaultMapping = [new("email", EmailAddress, IsIdentifier: true)],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 1_000, // code 209 above
            RemovalsPerBatch = 50, // one call each
            ConcurrentCalls = 4, // ours, as all paces here: no limit is published
            CallsPerBatch = 2,
            CallsPerSecond = 10,
            MaxResponseBytes = 1024 * 1024, // 1,000 failed rows
            MixesOperations = true,
            UnmentionedRow = RowFate.Accepted,
        },
        Steps =
        [
            new() { Name = "import", Parts = Imported, BuildRequest = (batch, settings, _) => Import(batch, settings, resubscribe: false), ReadResponse = ReadImport },
            new() { Name = "add deleted again", Parts = Imported, BuildRequest = (batch, settings, _) => Import(batch, settings, resubscribe: true), ReadResponse = ReadImportAgain },
            new() { Name = "update", Parts = Updated, BuildRequest = Update, ReadResponse = ReadOne },
            new() { Name = "delete", Parts = Parts.EachRow(static row => row.Operation is DeliveryOperation.Remove), BuildRequest = Delete, ReadResponse = ReadOne },
        ],
        FindAudience = [Find("lists")],
        CreateAudience = [new() { Name = "create list", BuildRequest = Create, ReadResponse = ReadCreated }, Find("lists again")],
        Check = new()
        {
            Name = "account",
            BuildRequest = static (_, settings, _) => Get(settings, ClientId.IsSetIn(settings) ? $"clients/{ClientId.In(settings)}/lists" : "clients"),
            ReadResponse = static (response, _, _, _) => ResponseRules.Read(response, static () => StepResult.Next),
        },
        Token = new()
        {
            BuildRequest = static settings => RefreshToken.IsSetIn(settings) ? OAuthTokens.Refresh(new("https://api.createsend.com/oauth/token"), RefreshToken.In(settings)) : null,
            ReadResponse = OAuthTokens.Read, // an error may be a 200 without a token
            RefreshToken = RefreshToken,
        },
        Authorize = Authorize,
    };

    /// <summary>Who enters and who changed. The mode that only updates must not import: an import adds whoever is not there.</summary>
    private static IEnumerable<DeliveryBatch> Imported(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        batch.AttributesOnly ? [] : Parts.Where(static row => row.Operation is not DeliveryOperation.Remove)(batch, settings, notes);

    private static IEnumerable<DeliveryBatch> Updated(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        batch.AttributesOnly ? Parts.EachRow(static row => row.Operation is not DeliveryOperation.Remove)(batch, settings, notes) : [];

    private static HttpRequestMessage Import(DeliveryBatch batch, ConnectorSettings settings, bool resubscribe) =>
        JsonBody.Request(HttpMethod.Post, Address(settings, $"subscribers/{ListOf(batch)}/import"), json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("Subscribers");
            foreach (var row in batch.Rows)
            {
                json.WriteStartObject();
                WriteSubscriber(json, row, settings);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteBoolean("Resubscribe", resubscribe);
            json.WriteBoolean("QueueSubscriptionBasedAutoResponders", false);
            json.WriteBoolean("RestartSubscriptionBasedAutoresponders", false);
            json.WriteEndObject();
        });

    private static HttpRequestMessage Update(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        JsonBody.Request(HttpMethod.Put, Subscriber(batch, settings), json =>
        {
            json.WriteStartObject();
            WriteSubscriber(json, batch.Rows[0], settings);
            json.WriteBoolean("Resubscribe", false);
            json.WriteEndObject();
        });

    private static void WriteSubscriber(Utf8JsonWriter json, DeliveryRow row, ConnectorSettings settings)
    {
        json.WriteString(EmailAddress, Email.Of(row.Fields));
        CampaignMonitorFields.Write(json, row.Fields, EmailAddress);
        json.WriteString("ConsentToTrack", ConsentToTrack.In(settings)); // required
        if (row.Fields.Has(CampaignMonitorFields.MobileNumber))
        {
            json.WriteString("ConsentToSendSms", ConsentToSendSms.In(settings));
        }
    }

    private static HttpRequestMessage Delete(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => new(HttpMethod.Delete, Subscriber(batch, settings));

    private static StepResult ReadImport(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (CampaignMonitorAnswers.ReadImport(response, batch, Email) is not DeliveryOutcome.Settled settled)
        {
            return CampaignMonitorAnswers.Failure(response)!;
        }

        return ReAddDeleted.FlagIn(settings)
            ? new StepResult.PerRow([.. settled.Rows.Select(static row => row.Code == Deleted ? RowAnswer.Next : row)])
            : settled;
    }

    /// <summary>Rows that are left here were deleted from the list: the only ones that are subscribed again.</summary>
    private static StepResult ReadImportAgain(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        CampaignMonitorAnswers.ReadImport(response, batch, Email) ?? CampaignMonitorAnswers.Failure(response)!;

    /// <summary>Code 203 says that the person is not on the list: gone already, or not there to be updated.</summary>
    private static StepResult ReadOne(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        response is { Status: 400 } && CampaignMonitorAnswers.CodeOf(response) == 203 ? RowOutcome.Accepted
        : CampaignMonitorAnswers.Failure(response) is { } failure ? failure
        : RowOutcome.Accepted;

    private static Step<AudienceRef> Find(string name) => new()
    {
        Name = name,
        BuildRequest = static (_, settings, _) => ClientId.IsSetIn(settings) ? Get(settings, $"clients/{ClientId.In(settings)}/lists") : null,
        ReadResponse = static (response, audience, _, _) => CampaignMonitorAnswers.Failure(response) is { } failure ? failure
            : response.Json?.ItemsAt().FirstOrDefault(list => list.TextAt("Name") == audience.Name).TextAt("ListID") is { Length: > 0 } id ? new StepResult.Found(id)
            : StepResult.Next,
    };

    private static HttpRequestMessage? Create(AudienceRef audience, ConnectorSettings settings, Notes notes) => !ClientId.IsSetIn(settings) ? null
        : JsonBody.Request(HttpMethod.Post, Address(settings, $"lists/{ClientId.In(settings)}"), json =>
        {
            json.WriteStartObject();
            json.WriteString("Title", audience.Name);
            json.WriteString("UnsubscribePage", "");
            json.WriteString("UnsubscribeSetting", "OnlyThisList");
            json.WriteBoolean("ConfirmedOptIn", false);
            json.WriteString("ConfirmationSuccessPage", "");
            json.WriteEndObject();
        });

    /// <summary>The answer is the id as a bare JSON text. Code 250 is a list of that name: made in the meantime, so it is looked up again.</summary>
    private static StepResult ReadCreated(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        response is { Status: 400 } && CampaignMonitorAnswers.CodeOf(response) == 250 ? StepResult.Next
        : CampaignMonitorAnswers.Failure(response) is { } failure ? failure
        : response.Json?.TextAt() is { Length: > 0 } id ? new StepResult.Found(id)
        : StepResult.Next;

    private static void Authorize(SigningContext context) =>
        context.Request.Headers.Authorization = context.Token is { } token
            ? new AuthenticationHeaderValue("Bearer", token)
            : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ApiKey.In(context.Settings)}:x"))); // the password is not read

    private static HttpRequestMessage Get(ConnectorSettings settings, string path) => new(HttpMethod.Get, Address(settings, path));

    private static string Subscriber(DeliveryBatch batch, ConnectorSettings settings) =>
        $"{Address(settings, $"subscribers/{ListOf(batch)}")}?email={Uri.EscapeDataString(Email.Of(batch.Rows[0].Fields))}";

    private static string ListOf(DeliveryBatch batch) => Uri.EscapeDataString(batch.Audience.ExternalId ?? "");

    private static string Address(ConnectorSettings settings, string path) => $"https://api.createsend.com/api/{ApiVersion.In(settings)}/{path}.json";
}
