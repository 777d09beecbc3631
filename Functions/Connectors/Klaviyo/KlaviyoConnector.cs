using System.Net.Http.Headers;
using System.Text;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Klaviyo;

/// <summary>Klaviyo: profiles are imported in bulk and put on a list, as a job; taken off it by the platform's ids; events in bulk.</summary>
/// <remarks>
/// Wire facts (revision 2026-07-15, github.com/klaviyo/openapi stable.json of 2026-07-23, developers.klaviyo.com, read 2026-08): bulk import of 10,000 profiles,
/// 5 MB, 100 KB a profile, one bad record refuses the call and is named by a pointer; <c>any(email,[…])</c> with pages of 100; list relationships of 1,000 ids,
/// DELETE with a body; 1,000 events a call; <c>Retry-After</c> in seconds on a 429. A revision lives two years. The import changes no consent, and nothing here
/// calls the subscription jobs: these lift an unsubscription, and unsubscribe people from everything.
/// </remarks>
internal static class KlaviyoConnector
{
    private const string Host = "https://a.klaviyo.com";
    private const string MediaType = "application/vnd.api+json";
    private const int ProfilesPerLookUp = 100;
    private const int ProfilesPerRemoval = 1_000;

    /// <summary>Between two looks at a job; small ones end within seconds. Ours.</summary>
    private static readonly TimeSpan PollPause = TimeSpan.FromSeconds(10);

    internal static readonly SettingField ApiKey = SettingField.Secret(
        "apiKey", "Private API key", "With full access to profiles and lists, and to events where these are sent. Or give the three of an OAuth app.", pattern: "[!-~]+");

    internal static readonly SettingField ClientId = SettingField.Text("clientId", "Client id", "Of an OAuth app, with its secret and a refresh token.", pattern: "[!-9;-~]+");

    internal static readonly SettingField ClientSecret = SettingField.Secret("clientSecret", "Client secret", "Of the OAuth app.", pattern: "[!-~]+");

    internal static readonly SettingField RefreshToken = SettingField.Secret(
        "refreshToken", "Refresh token", "Of the OAuth app for this account. Klaviyo ends it when it is not used for 90 days.", pattern: "[!-~]+");

    internal static readonly SettingField Revision = SettingField.Text(
        "revision", "API revision", "The date of the API's version. Each lives two years.", pattern: "20[0-9]{2}-[0-9]{2}-[0-9]{2}", @default: "2026-07-15");

    /// <summary>In the order in which they name somebody.</summary>
    internal static readonly FieldRules Rules = new()
    {
        Identifiers =
        [
            Identifier.Email.As("email").TrimmedLowercase(),
            Identifier.ProfileId.As("external_id").Trimmed(),
            Identifier.Phone.As("phone_number").E164(),
        ],
        Need = IdentifierNeed.AtLeastOneOf,
        Required = ["email"],
        Known = [.. KlaviyoBodies.Standard, .. KlaviyoBodies.Location],
    };

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "klaviyo",
        DisplayName = "Klaviyo",
        DocsUrl = new("https://developers.klaviyo.com/en/reference/api_overview"),
        Summary = "Imports profiles with any attributes and puts them on a list, found or created by name; takes them off it again. Events on entry, change and exit.",
        RowAnswers = "An import is a job: profiles that failed are read from its errors. A call that is refused for single records is sent again without them.",
        Notes =
        [
            "An exit takes the profile off the list; its consent and its other lists stay as they are. Nobody is subscribed or unsubscribed.",
            "The e-mail address is required. Fields that are none of Klaviyo's own become custom properties.",
            "Klaviyo creates at most 150 lists a day.",
            "An update-only destination writes profiles without a list; Klaviyo creates those it does not know.",
        ],
        Sources =
        [
            new("Bulk profile import", "https://developers.klaviyo.com/en/reference/bulk_import_profiles", "2026-08"),
            new("Lists API", "https://developers.klaviyo.com/en/reference/lists_api_overview", "2026-08"),
            new("Bulk events", "https://developers.klaviyo.com/en/reference/bulk_create_events", "2026-08"),
            new("Rate limits, status codes and errors", "https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling", "2026-08"),
            new("OpenAPI description, stable", "https://github.com/klaviyo/openapi", "2026-07"),
        ],
        Settings = [ApiKey, ClientId, ClientSecret, RefreshToken, Revision],
        CheckSettings = static settings => SettingRules.KeyOrApp(settings, ApiKey, ClientId, ClientSecret, RefreshToken),
        Fields = Rules,
        DefaultMapping =
        [
            new("email", "email", IsIdentifier: true), new("id", "external_id"), new("firstName", "first_name"), new("lastName", "last_name"),
        ],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership, DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 10_000,
            MaxBodyBytes = 5_000_000,
            MaxResponseBytes = 1_000_000, // errors of an import repeat the profile
            CallsPerSecond = 2.5, // 150 a minute for imports and list changes
            ConcurrentCalls = 4, // ours
            DedupeId = "unique_id of an event",
        },
        CapabilitiesFor = static (_, form) => form is DeliveryForm.Events ? Definition!.Capabilities with { RowsPerBatch = 1_000 } : Definition!.Capabilities,
        CheckBatch = static (batch, _) => batch.Form is DeliveryForm.Membership && !batch.AttributesOnly ? batch.AudienceMissing : null,
        Steps =
        [
            new()
            {
                Name = "look up ids",
                Parts = static (batch, settings, notes) => batch.Form is DeliveryForm.Membership
                    ? Parts.By(static row => Rules.FirstOf(row.Fields)!.Value.Rule.Field, ProfilesPerLookUp)(Leavers(batch, static row => row.RemoteId is null), settings, notes)
                    : [],
                BuildRequest = static (batch, _, notes) => new(HttpMethod.Get, $"{Host}/api/profiles?{KlaviyoBodies.LookUp(batch, notes.Cursor)}"),
                ReadResponse = static (response, batch, _, _) => KlaviyoAnswers.ReadProfiles(response, batch),
            },
            new()
            {
                Name = "take off list",
                Parts = static (batch, settings, notes) => batch.Form is DeliveryForm.Membership
                    ? Parts.Chunks(ProfilesPerRemoval)(Leavers(batch, static row => row.RemoteId is not null), settings, notes)
                    : [],
                BuildRequest = static (batch, _, _) => new(HttpMethod.Delete, $"{Host}/api/lists/{ListOf(batch)}/relationships/profiles") { Content = KlaviyoBodies.Ids(batch) },
                ReadResponse = static (response, batch, _, _) => KlaviyoAnswers.ReadRemoval(response, batch),
            },
            new()
            {
                Name = "import profiles",
                Parts = static (batch, _, _) => batch.Form is DeliveryForm.Membership ? [batch.Part(batch.Rows.Where(static row => row.Operation is not DeliveryOperation.Remove))] : [],
                BuildRequest = static (batch, _, _) => new(HttpMethod.Post, $"{Host}/api/profile-bulk-import-jobs") { Content = KlaviyoBodies.Import(batch) },
                ReadResponse = static (response, batch, _, _) => KlaviyoAnswers.ReadImport(response, batch, PollPause),
            },
            new()
            {
                Name = "send events",
                Parts = static (batch, _, _) => batch.Form is DeliveryForm.Events ? [batch] : [],
                BuildRequest = static (batch, _, _) => new(HttpMethod.Post, $"{Host}/api/event-bulk-create-jobs") { Content = KlaviyoBodies.Events(batch) },
                ReadResponse = static (response, batch, _, _) => KlaviyoAnswers.RefusedRecords(response, batch, "events-bulk-create") ?? KlaviyoAnswers.Read(response, static () => RowOutcome.Accepted),
            },
        ],
        PollJob =
        [
            new()
            {
                Name = "ask after job",
                BuildRequest = static (job, _, _) => new(HttpMethod.Get, $"{Host}/api/profile-bulk-import-jobs/{Uri.EscapeDataString(job.JobId)}"),
                ReadResponse = static (response, job, _, notes) => KlaviyoAnswers.ReadJob(response, job, notes, PollPause),
            },
            new()
            {
                Name = "read errors",
                BuildRequest = static (job, _, notes) => new(
                    HttpMethod.Get,
                    $"{Host}/api/profile-bulk-import-jobs/{Uri.EscapeDataString(job.JobId)}/import-errors?page[size]=100{KlaviyoBodies.PageAfter(notes.Cursor)}"),
                ReadResponse = static (response, job, _, notes) => KlaviyoAnswers.ReadErrors(response, job, notes),
            },
        ],
        Check = new()
        {
            Name = "accounts",
            BuildRequest = static (_, _, _) => new(HttpMethod.Get, $"{Host}/api/accounts"),
            ReadResponse = static (response, _, _, _) => KlaviyoAnswers.Read(response, static () => StepResult.Next),
        },
        FindAudience =
        [
            new()
            {
                Name = "find list",
                BuildRequest = static (audience, _, notes) => new(HttpMethod.Get, $"{Host}/api/lists?{KlaviyoBodies.FindList(audience, notes.Cursor)}"),
                ReadResponse = static (response, audience, _, _) => KlaviyoAnswers.ReadLists(response, audience),
            },
        ],
        CreateAudience =
        [
            new()
            {
                Name = "create list",
                BuildRequest = static (audience, _, _) => new(HttpMethod.Post, $"{Host}/api/lists") { Content = KlaviyoBodies.NewList(audience) },
                ReadResponse = static (response, _, _, _) => KlaviyoAnswers.Read(response, () => response.Json?.TextAt("data", "id") is { } id
                    ? new StepResult.Found(id)
                    : new DeliveryOutcome.Failed("answer_unreadable", ResponseRules.Describe(response))),
            },
        ],
        Token = new()
        {
            BuildRequest = static settings => RefreshToken.IsSetIn(settings) ? TokenRequest(settings) : null,
            ReadResponse = OAuthTokens.Read,
            RefreshToken = RefreshToken,
        },
        Authorize = static context =>
        {
            var headers = context.Request.Headers;
            headers.Authorization = context.Token is { } token ? new("Bearer", token) : new("Klaviyo-API-Key", ApiKey.In(context.Settings));
            headers.Accept.Add(new(MediaType));
            headers.Add("revision", Revision.In(context.Settings));
        },
    };

    private static DeliveryBatch Leavers(DeliveryBatch batch, Func<DeliveryRow, bool> where) =>
        batch.Part(batch.Rows.Where(row => row.Operation is DeliveryOperation.Remove && where(row)));

    private static string ListOf(DeliveryBatch batch) => Uri.EscapeDataString(batch.Audience.ExternalId ?? "");

    /// <summary>Credentials in the header, as Klaviyo wants them.</summary>
    private static HttpRequestMessage TokenRequest(ConnectorSettings settings)
    {
        var request = OAuthTokens.Refresh(new($"{Host}/oauth/token"), RefreshToken.In(settings));
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ClientId.In(settings)}:{ClientSecret.In(settings)}")));
        return request;
    }
}
