using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.HubSpot;

/// <summary>HubSpot: contacts are upserted by e-mail address or another unique property, then put on, or taken off, a manual list by their record ids.</summary>
/// <remarks>
/// Wire facts (CRM API v3, also served as 2026-03; github.com/HubSpot/HubSpot-public-api-spec-collection, read 2026-08): batch/upsert and batch/read of 100, 207 names
/// failed rows by <c>objectWriteTraceId</c>, never by place; lists/{id}/memberships/add-and-remove; developers.hubspot.com usage guidelines: 100 calls in 10 s,
/// 429 with a policy name. A 2xx without results and errors means that nothing was written. A contact is never deleted or archived here.
/// </remarks>
internal static class HubSpotConnector
{
    private const string Host = "https://api.hubapi.com";
    private const int ContactsPerCall = 100;

    internal static readonly SettingField AccessToken = SettingField.Secret(
        "accessToken", "Private app token", "With the scopes crm.objects.contacts.read and .write, crm.lists.read and .write. Or give the three of an OAuth app.", pattern: "[!-~]+");

    internal static readonly SettingField ClientId = SettingField.Text("clientId", "Client id", "Of an OAuth app, with its secret and a refresh token.", pattern: "[!-~]+");

    internal static readonly SettingField ClientSecret = SettingField.Secret("clientSecret", "Client secret", "Of the OAuth app.", pattern: "[!-~]+");

    internal static readonly SettingField RefreshToken = SettingField.Secret("refreshToken", "Refresh token", "Of the OAuth app for this account.", pattern: "[!-~]+");

    internal static readonly SettingField IdProperty = SettingField.Text(
        "idProperty", "Match property", "The contact property that names a contact: email, or one of yours whose values are unique. The field 'id' is mapped to the latter.",
        pattern: "[a-z][a-z0-9_]*", @default: "email");

    internal static readonly SettingField HubId = SettingField.Text("hubId", "Account id", "The number of the account: names of custom events begin with it. Needed for events.", pattern: "[0-9]+");

    internal static readonly SettingField ApiVersion = SettingField.Choice("apiVersion", "API version", "Paths of v3, or dated ones; bodies are the same.", ["v3", "2026-03"], "v3");

    internal static readonly FieldRules Rules = new()
    {
        Identifiers = [Identifier.Email.As("email").TrimmedLowercase(), Identifier.ProfileId.As("id").Trimmed()],
        Need = IdentifierNeed.AtLeastOneOf,
        NamePattern = "^[a-z][a-z0-9_]{0,99}$",
        NameHint = "a property's internal name: lower-case letters, digits and underscores",
    };

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "hubspot",
        DisplayName = "HubSpot",
        DocsUrl = new("https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide"),
        Summary = "Upserts contacts by e-mail address or another unique property, and puts them on or takes them off a manual list, found or created by name. Custom events on entry, change and exit.",
        RowAnswers = "Failed contacts are named by a trace id of ours in a 207; list changes name the record ids they do not know.",
        Notes =
        [
            "An exit takes the contact off the list; the contact, its properties and its subscriptions stay.",
            "Properties must exist in HubSpot; a contact with an unknown one is refused.",
            "Events need the Enterprise tier, and their definitions (audience_entered, audience_changed, audience_exited) with the properties they carry.",
        ],
        Sources =
        [
            new("CRM contacts: batch upsert, read, update", "https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide", "2026-08"),
            new("Lists: membership", "https://developers.hubspot.com/docs/api-reference/crm-lists-v3/guide", "2026-08"),
            new("Usage guidelines: limits", "https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines", "2026-08"),
            new("Public API specifications", "https://github.com/HubSpot/HubSpot-public-api-spec-collection", "2026-08"),
        ],
        Settings = [AccessToken, ClientId, ClientSecret, RefreshToken, IdProperty, HubId, ApiVersion],
        CheckSettings = static settings => SettingRules.KeyOrApp(settings, AccessToken, ClientId, ClientSecret, RefreshToken),
        Fields = Rules,
        DefaultMapping = [new("email", "email", IsIdentifier: true), new("firstName", "firstname"), new("lastName", "lastname")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership, DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 1_000, // ours: ten calls for contacts, one for the list
            MaxResponseBytes = 1_000_000, // 100 contacts with their properties
            CallsPerSecond = 10, // 100 in 10 s
            CallsPerDay = 250_000, // of the free and starter tiers
            ConcurrentCalls = 6, // ours
            CallsPerBatch = 2, // ours
            MixesOperations = true,
            DedupeId = "uuid of an event; objectWriteTraceId only names rows",
        },
        CapabilitiesFor = static (_, form) => form is DeliveryForm.Events ? Definition!.Capabilities with { RowsPerBatch = 500 } : Definition!.Capabilities,
        CheckBatch = static (batch, settings) => batch.Form is DeliveryForm.Events
            ? HubId.IsSetIn(settings) ? null : new DeliveryOutcome.Misconfigured("hub_id_missing", "Events need the account id: their names begin with it.")
            : batch.AttributesOnly ? null : batch.AudienceMissing,
        CheckRow = static (row, _, settings) => HubSpotBodies.KeyOf(row, settings).Length > 0
            ? null
            : new(RowFate.Rejected, "missing_identifier", $"The member lacks the value of the match property {IdProperty.In(settings)}."),
        Steps =
        [
            new()
            {
                Name = "upsert contacts",
                Parts = Contacts(static (batch, row) => row.Operation is not DeliveryOperation.Remove),
                BuildRequest = static (batch, settings, _) =>
                    new(HttpMethod.Post, $"{Objects(settings)}/contacts/batch/{(batch.AttributesOnly ? "update" : "upsert")}") { Content = HubSpotBodies.Contacts(batch, settings) },
                ReadResponse = static (response, batch, settings, _) => HubSpotAnswers.ReadContacts(response, batch, settings),
            },
            new()
            {
                Name = "look up leavers",
                Parts = Contacts(static (_, row) => row.Operation is DeliveryOperation.Remove && row.RemoteId is null),
                BuildRequest = static (batch, settings, _) => new(HttpMethod.Post, $"{Objects(settings)}/contacts/batch/read") { Content = HubSpotBodies.Keys(batch, settings) },
                ReadResponse = static (response, batch, settings, _) => HubSpotAnswers.ReadKeys(response, batch, settings),
            },
            new()
            {
                Name = "change list",
                Parts = static (batch, _, _) => batch.Form is DeliveryForm.Membership && !batch.AttributesOnly ? [batch] : [],
                BuildRequest = static (batch, settings, _) =>
                    new(HttpMethod.Put, $"{Lists(settings)}/{Uri.EscapeDataString(batch.Audience.ExternalId ?? "")}/memberships/add-and-remove") { Content = HubSpotBodies.Changes(batch) },
                ReadResponse = static (response, batch, _, _) => HubSpotAnswers.ReadChanges(response, batch),
            },
            new()
            {
                Name = "send events",
                Parts = static (batch, _, _) => batch.Form is DeliveryForm.Events ? [batch] : [],
                BuildRequest = static (batch, settings, _) =>
                    new(HttpMethod.Post, $"{Host}/events/{Version(settings)}/send/batch") { Content = HubSpotBodies.Events(batch, settings) },
                ReadResponse = static (response, _, _, _) => HubSpotAnswers.Read(response, static () => RowOutcome.Accepted),
            },
        ],
        Check = new()
        {
            Name = "contacts",
            BuildRequest = static (_, settings, _) => new(HttpMethod.Get, $"{Objects(settings)}/contacts?limit=1"),
            ReadResponse = static (response, _, _, _) => HubSpotAnswers.Read(response, static () => StepResult.Next),
        },
        FindAudience = [FindList],
        CreateAudience =
        [
            new()
            {
                Name = "create list",
                BuildRequest = static (audience, settings, _) => new(HttpMethod.Post, Lists(settings)) { Content = HubSpotBodies.NewList(audience) },
                ReadResponse = static (response, _, _, _) => HubSpotAnswers.ReadNewList(response),
            },
            FindList, // a lost race
        ],
        Token = new()
        {
            BuildRequest = static settings => RefreshToken.IsSetIn(settings)
                ? OAuthTokens.Refresh(new($"{Host}/oauth/v1/token"), RefreshToken.In(settings), ClientId.In(settings), ClientSecret.In(settings))
                : null,
            ReadResponse = OAuthTokens.Read,
            RefreshToken = RefreshToken,
        },
        Authorize = static context => context.Request.Headers.Authorization = new("Bearer", context.Token ?? AccessToken.In(context.Settings)),
    };

    private static Step<AudienceRef> FindList => new()
    {
        Name = "find list",
        BuildRequest = static (audience, settings, _) => new(HttpMethod.Get, $"{Lists(settings)}/object-type-id/0-1/name/{Uri.EscapeDataString(audience.Name)}"),
        ReadResponse = static (response, _, _, _) => HubSpotAnswers.ReadList(response),
    };

    private static string Version(ConnectorSettings settings) => ApiVersion.In(settings);

    private static string Objects(ConnectorSettings settings) => Version(settings) is "v3" ? $"{Host}/crm/v3/objects" : $"{Host}/crm/objects/{Version(settings)}";

    private static string Lists(ConnectorSettings settings) => Version(settings) is "v3" ? $"{Host}/crm/v3/lists" : $"{Host}/crm/lists/{Version(settings)}";

    private static Func<DeliveryBatch, ConnectorSettings, Notes, IEnumerable<DeliveryBatch>> Contacts(Func<DeliveryBatch, DeliveryRow, bool> where) =>
        (batch, settings, notes) => batch.Form is DeliveryForm.Membership ? Parts.Chunks(ContactsPerCall, row => where(batch, row))(batch, settings, notes) : [];
}
