using System.Collections.Immutable;
using System.Globalization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Identifiers;

namespace AudienceSync.Connectors.Criteo;

/// <summary>Criteo audiences: adds e-mail addresses to, and removes them from, a contact list of one advertiser.</summary>
/// <remarks>
/// Wire facts (Marketing Solutions 2026-07, read 2026-08): developers.criteo.com/marketing-solutions, audience segments (search, bulk create), contact lists
/// (one operation and one kind of identifier a call, 50,000 identifiers), error types, rate limits (250 calls a minute, <c>x-ratelimit-reset</c>).
/// </remarks>
internal static class CriteoAudiences
{
    private const string Plain = "plain";

    private static readonly SettingField ClientId = SettingField.Text("clientId", "Client ID", "Of the app in Criteo's partner dashboard.", required: true, pattern: "[A-Za-z0-9._-]{1,128}");

    private static readonly SettingField ClientSecret = SettingField.Secret("clientSecret", "Client secret", "Of that app, which needs to manage audiences.", required: true);

    private static readonly SettingField RefreshToken = SettingField.Secret("refreshToken", "Refresh token", "Only for apps that a user consented to: of the authorization code flow.");

    private static readonly SettingField AdvertiserId = SettingField.Text("advertiserId", "Advertiser ID", "The advertiser whose audiences are kept.", required: true, pattern: "[0-9]{1,20}");

    private static readonly SettingField EmailForm = SettingField.Choice(
        "emailForm", "E-mail sent as", "plain: Criteo hashes and matches best. sha256: hashed here.", [Plain, "sha256"], Plain);

    private static readonly SettingField ApiVersion = SettingField.Text(
        "apiVersion", "API version", "A new one comes each January and July and is served for a year.", pattern: "20[0-9]{2}-[01][0-9]", @default: "2026-07");

    private static readonly IdentifierRule PlainEmail = Identifier.Email.As("email").TrimmedLowercase();

    private static readonly IdentifierRule HashedEmail = PlainEmail.Sha256Hex();

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "criteo-audiences",
        DisplayName = "Criteo audiences",
        DocsUrl = new("https://developers.criteo.com/marketing-solutions/docs/contact-list"),
        Summary = "Adds members to, and removes them from, a contact list of a Criteo advertiser, matched by e-mail address.",
        RowAnswers = "Criteo answers with a count of invalid addresses and a sample: rows it shows are rejected, a few others are found by sending halves again.",
        Notes = ["Only the e-mail address is sent, nothing else.", "Segments are computed anew about twice a day; it takes some hours until campaigns follow."],
        Sources =
        [
            new("Contact lists, 2026-07", "https://developers.criteo.com/marketing-solutions/docs/contact-list", "2026-08"),
            new("Audience segments, 2026-07", "https://developers.criteo.com/marketing-solutions/docs/audience-segments", "2026-08"),
            new("API error types", "https://developers.criteo.com/marketing-solutions/docs/api-error-types", "2026-08"),
            new("Rate limits", "https://developers.criteo.com/marketing-solutions/docs/rate-limits", "2026-08"),
        ],
        Settings = [ClientId, ClientSecret, RefreshToken, AdvertiserId, EmailForm, ApiVersion],
        Fields = new() { Identifiers = [PlainEmail], Need = IdentifierNeed.AllOf, OnlyKnown = true },
        DefaultMapping = [new("email", "email", IsIdentifier: true)],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 50_000,
            MaxBodyBytes = 10_000_000, // ours, as Criteo's partners have it; more is answered with 413
            ConcurrentCalls = 2, // ours
            CallsPerSecond = 4, // 250 a minute for the whole app
            CallTimeout = TimeSpan.FromMinutes(2), // ours
            UnmentionedRow = RowFate.Accepted,
        },
        CheckRow = static (row, _, _) => PlainEmail.IsFilled(row.Fields) ? null : new(RowFate.Rejected, "missing_identifier", "The member needs an e-mail address."),
        Steps = [new() { Name = "contact list", BuildRequest = Amend, ReadResponse = ReadAmend }],
        Check = new() { Name = "advertisers", BuildRequest = static (_, settings, _) => new(HttpMethod.Get, Address(settings, "advertisers/me")), ReadResponse = ReadAdvertisers },
        FindAudience = [new() { Name = "find segment", BuildRequest = Find, ReadResponse = ReadFind }],
        CreateAudience =
        [
            new() { Name = "create segment", BuildRequest = Create, ReadResponse = ReadCreate },
            new() { Name = "find segment created meanwhile", BuildRequest = Find, ReadResponse = ReadFind },
        ],
        Token = new() { BuildRequest = TokenRequest, ReadResponse = OAuthTokens.Read, RefreshToken = RefreshToken },
        Authorize = static context =>
        {
            context.Request.Headers.Authorization = new("Bearer", context.Token);
            context.Request.Headers.Accept.Add(new("application/json"));
        },
    };

    private static HttpRequestMessage TokenRequest(ConnectorSettings settings)
    {
        var endpoint = new Uri("https://api.criteo.com/oauth2/token"); // no version here
        return RefreshToken.IsSetIn(settings)
            ? OAuthTokens.Refresh(endpoint, RefreshToken.In(settings), ClientId.In(settings), ClientSecret.In(settings))
            : OAuthTokens.ClientCredentials(endpoint, ClientId.In(settings), ClientSecret.In(settings));
    }

    private static HttpRequestMessage Amend(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        using var table = IdentifierTable.Of(batch.Rows, RulesOf(settings));
        return JsonBody.Request(HttpMethod.Patch, Segments(settings, $"{batch.Audience.ExternalId}/contact-list"), json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("data");
            json.WriteString("type", "ContactlistAmendment");
            json.WriteStartObject("attributes");
            json.WriteString("operation", batch.Rows[0].Operation is DeliveryOperation.Remove ? "remove" : "add");
            json.WriteString("identifierType", "email");
            json.WriteStartArray("identifiers");
            for (var row = 0; row < batch.Rows.Length; row++)
            {
                json.WriteStringValue(table[row, 0]);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private static StepResult ReadAmend(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (CriteoErrors.Read(response) is { } failure)
        {
            return failure;
        }

        var json = response.Json ?? default;
        var samples = json.TextsAt("data", "attributes", "sampleInvalidIdentifiers").Select(sample => sample.Trim()).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var rule = RulesOf(settings)[0];
        return RowAnswers.Counted(
            batch,
            json.NumberAt("data", "attributes", "nbInvalidIdentifiers") ?? 0,
            [.. batch.Rows.Select(row => samples.Count > 0 && samples.Contains(rule.Of(row.Fields)))],
            "invalid_identifier",
            "Criteo does not take the member's e-mail address.");
    }

    private static StepResult ReadAdvertisers(ConnectorResponse response, ConnectionProbe probe, ConnectorSettings settings, Notes notes) =>
        CriteoErrors.Read(response) is { } failure ? failure
        : response.Json is { } json && json.ItemsAt("data").Any(item => item.TextAt("id") == AdvertiserId.In(settings)) ? StepResult.Next
        : new DeliveryOutcome.Misconfigured("advertiser_not_visible", $"The app is good, but it may not touch the advertiser {AdvertiserId.In(settings)}.");

    private static HttpRequestMessage Find(AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        JsonBody.Request(HttpMethod.Post, Segments(settings, $"search?limit=100&offset={notes.Cursor ?? "0"}"), json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("data");
            json.WriteString("type", "AudienceSegment");
            json.WriteStartObject("attributes");
            json.WriteStartArray("audienceSegmentTypes");
            json.WriteStringValue("ContactList");
            json.WriteEndArray();
            json.WriteStartArray("advertiserIds");
            json.WriteStringValue(AdvertiserId.In(settings));
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        });

    /// <summary>There is no filter by name: pages are compared.</summary>
    private static StepResult ReadFind(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes)
    {
        if (CriteoErrors.Read(response) is { } failure)
        {
            return failure;
        }

        var json = response.Json ?? default;
        var next = int.Parse(notes.Cursor ?? "0", CultureInfo.InvariantCulture) + 100;
        return json.ItemsAt("data").FirstOrDefault(item => item.TextAt("attributes", "name") == audience.Name).TextAt("id") is { } id ? new StepResult.Found(id)
            : next < (json.NumberAt("meta", "totalItems") ?? 0) ? new StepResult.Page(next.ToString(CultureInfo.InvariantCulture))
            : StepResult.Next;
    }

    private static HttpRequestMessage Create(AudienceRef audience, ConnectorSettings settings, Notes notes) => JsonBody.Request(HttpMethod.Post, Segments(settings, "create"), json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("data");
        json.WriteStartObject();
        json.WriteString("type", "AudienceSegment");
        json.WriteStartObject("attributes");
        json.WriteString("advertiserId", AdvertiserId.In(settings));
        json.WriteString("name", audience.Name);
        json.WriteString("description", audience.Name);
        json.WriteStartObject("contactList");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Names are unique: who is slower finds what the faster one made.</summary>
    private static StepResult ReadCreate(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        CriteoErrors.HasCode(response, "name-must-be-unique") ? StepResult.Next
        : CriteoErrors.Read(response) is { } failure ? failure
        : response.Json is { } json && json.ItemsAt("data").FirstOrDefault().TextAt("id") is { } id ? new StepResult.Found(id)
        : new DeliveryOutcome.Failed("unexpected_answer", "Criteo gave no id for the new segment.");

    private static ImmutableArray<IdentifierRule> RulesOf(ConnectorSettings settings) => [EmailForm.In(settings) is Plain ? PlainEmail : HashedEmail];

    private static string Segments(ConnectorSettings settings, string path) => Address(settings, $"marketing-solutions/audience-segments/{path}");

    private static string Address(ConnectorSettings settings, string path) => $"https://api.criteo.com/{ApiVersion.In(settings)}/{path}";
}
