using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Intercom;

/// <summary>Intercom: contacts are looked up, created or updated one by one, and tagged or untagged; or membership is a custom attribute. Events one by one.</summary>
/// <remarks>
/// Wire facts (Intercom-Version 2.14, github.com/intercom/Intercom-OpenAPI, read 2026-08): contacts/search with up to 15 conditions, which lags minutes behind a
/// creation; 409 on a create names the contact there is; tags; events (202, dropped when the same person, name and second come twice); rate limiting: 10,000
/// calls a minute for an app, <c>X-RateLimit-Reset</c> as Unix seconds, no Retry-After. There is no bulk call. Nobody is archived or deleted here.
/// </remarks>
internal static class IntercomConnector
{
    private const int ConditionsPerSearch = 15;

    internal static readonly SettingField AccessToken = SettingField.Secret(
        "accessToken", "Access token", "Of an app in your own workspace, or of one you have authorised. It does not end.", required: true, pattern: "[!-~]+");

    internal static readonly SettingField Region = SettingField.Choice("region", "Region", "Where the workspace is kept: us, eu or au.", ["us", "eu", "au"], "us");

    internal static readonly SettingField Membership = SettingField.Choice(
        "membership", "Membership as", "tag: a tag of the destination's audience name. attribute: a true or false custom attribute of that name.", ["tag", "attribute"], "tag");

    internal static readonly SettingField Role = SettingField.Choice("role", "New contacts are", "user, or lead: somebody without an id of yours.", ["user", "lead"], "user");

    internal static readonly SettingField ApiVersion = SettingField.Text(
        "apiVersion", "API version", "Sent with each call, so that the app's own setting does not matter.", pattern: "[0-9]+\\.[0-9]+", @default: "2.14");

    internal static readonly FieldRules Rules = new()
    {
        Identifiers = [Identifier.ProfileId.As("external_id").Trimmed(), Identifier.Email.As("email").TrimmedLowercase()],
        Need = IdentifierNeed.AtLeastOneOf,
        Known = [.. IntercomBodies.Standard],
        NamePattern = "^[^.$]{1,190}$",
        NameHint = "the name of a custom attribute, without dots and dollar signs",
    };

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "intercom",
        DisplayName = "Intercom",
        DocsUrl = new("https://developers.intercom.com/docs/references/rest-api/api.intercom.io/contacts"),
        Summary = "Finds, creates or updates contacts one by one, and tags or untags them; or keeps membership as a custom attribute. Events on entry, change and exit.",
        RowAnswers = "Each contact has calls of its own, two or three the first time and one or two later: its id is remembered.",
        Notes =
        [
            "An exit takes the tag off, or sets the attribute to false; the contact, its other tags and its subscriptions stay.",
            "Custom attributes must exist in Intercom, except the one that holds membership, which is created.",
            "Where several contacts share an e-mail address, a user comes before a lead, then the one changed last. A lead is not turned into a user.",
            "Search lags some minutes behind: a contact created just now elsewhere is recognised by the conflict it causes.",
        ],
        Sources =
        [
            new("Contacts, search, tags, data attributes, events", "https://developers.intercom.com/docs/references/rest-api/api.intercom.io/contacts", "2026-08"),
            new("Rate limiting", "https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting", "2026-08"),
            new("OpenAPI descriptions", "https://github.com/intercom/Intercom-OpenAPI", "2026-08"),
        ],
        Settings = [AccessToken, Region, Membership, Role, ApiVersion],
        Fields = Rules,
        DefaultMapping = [new("id", "external_id", IsIdentifier: true), new("email", "email"), new("name", "name")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership, DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 45, // ours: three searches, then calls a person
            MaxResponseBytes = 1_000_000, // contacts with all they have
            CallsPerSecond = 100, // of 166
            ConcurrentCalls = 12, // ours
            CallsPerBatch = 4, // ours
            MixesOperations = true,
            DedupeId = "of an event: person, name and second",
        },
        CheckBatch = static (batch, _) => batch.Form is DeliveryForm.Membership && !batch.AttributesOnly ? batch.AudienceMissing : null,
        Steps =
        [
            new()
            {
                Name = "find contacts",
                Parts = static (batch, settings, notes) => batch.Form is DeliveryForm.Membership
                    ? Parts.By(static row => Rules.FirstOf(row.Fields)!.Value.Rule.Field, ConditionsPerSearch)(batch.Part(batch.Rows.Where(static row => row.RemoteId is null)), settings, notes)
                    : [],
                BuildRequest = static (batch, settings, notes) => new(HttpMethod.Post, $"{Host(settings)}/contacts/search") { Content = IntercomBodies.Search(batch, notes.Cursor) },
                ReadResponse = static (response, batch, _, _) => IntercomAnswers.ReadContacts(response, batch),
            },
            new()
            {
                Name = "create contact",
                Parts = EachPerson(static (_, row) => row.RemoteId is null && row.Operation is not DeliveryOperation.Remove),
                BuildRequest = static (batch, settings, _) => new(HttpMethod.Post, $"{Host(settings)}/contacts") { Content = IntercomBodies.Contact(batch, settings, isNew: true) },
                ReadResponse = static (response, _, _, _) => Conflicts.Read(response) ?? IntercomAnswers.Read(response, () => response.Json?.TextAt("id") is { } id
                    ? RowAnswer.Created(id)
                    : new RowOutcome(RowFate.Uncertain, "answer_unreadable", "The answer names no contact.")),
            },
            new()
            {
                Name = "update contact",
                Parts = static (batch, settings, notes) => EachPerson((_, row) => IntercomBodies.ChangesContact(row, batch, settings))(batch, settings, notes),
                BuildRequest = static (batch, settings, _) => new(HttpMethod.Put, Contact(batch, settings)) { Content = IntercomBodies.Contact(batch, settings, isNew: false) },
                ReadResponse = static (response, batch, _, _) => IntercomAnswers.ReadContact(response, batch),
            },
            new()
            {
                Name = "change tag",
                Parts = EachPerson(static (batch, row) => !batch.AttributesOnly && row.RemoteId is not null),
                BuildRequest = static (batch, settings, _) =>
                    Membership.In(settings) is not "tag" ? null
                    : batch.Rows[0].Operation is DeliveryOperation.Remove
                        ? new(HttpMethod.Delete, $"{Contact(batch, settings)}/tags/{Uri.EscapeDataString(batch.Audience.ExternalId ?? "")}")
                        : new(HttpMethod.Post, $"{Contact(batch, settings)}/tags") { Content = IntercomBodies.Tag(batch) },
                ReadResponse = static (response, batch, _, _) => IntercomAnswers.ReadTag(response, batch),
            },
            new()
            {
                Name = "send event",
                Parts = static (batch, settings, notes) => batch.Form is DeliveryForm.Events ? Parts.EachRow()(batch, settings, notes) : [],
                BuildRequest = static (batch, settings, _) => new(HttpMethod.Post, $"{Host(settings)}/events") { Content = IntercomBodies.Event(batch) },
                ReadResponse = static (response, _, _, _) => response.Status == 404
                    ? new RowOutcome(RowFate.Rejected, "not_found", "Intercom does not know the person, and an event creates nobody.")
                    : IntercomAnswers.Read(response, static () => RowOutcome.Accepted),
            },
        ],
        Check = new()
        {
            Name = "me",
            BuildRequest = static (_, settings, _) => new(HttpMethod.Get, $"{Host(settings)}/me"),
            ReadResponse = static (response, _, _, _) => ResponseRules.Read(response, static () => StepResult.Next),
        },
        FindAudience =
        [
            new()
            {
                Name = "find audience",
                BuildRequest = static (_, settings, _) => new(HttpMethod.Get, $"{Host(settings)}/{(Membership.In(settings) is "tag" ? "tags" : "data_attributes?model=contact")}"),
                ReadResponse = static (response, audience, settings, _) => IntercomAnswers.ReadAudiences(response, audience, settings),
            },
        ],
        CreateAudience =
        [
            new()
            {
                Name = "create audience",
                BuildRequest = static (audience, settings, _) => new(HttpMethod.Post, $"{Host(settings)}/{(Membership.In(settings) is "tag" ? "tags" : "data_attributes")}")
                {
                    Content = IntercomBodies.NewAudience(audience, settings),
                },
                ReadResponse = static (response, _, settings, _) => ResponseRules.Read(response, () => response.Json?.TextAt(Membership.In(settings) is "tag" ? "id" : "name") is { } id
                    ? new StepResult.Found(id)
                    : new DeliveryOutcome.Failed("answer_unreadable", ResponseRules.Describe(response))),
            },
        ],
        Authorize = static context =>
        {
            var headers = context.Request.Headers;
            headers.Authorization = new("Bearer", AccessToken.In(context.Settings));
            headers.Accept.Add(new("application/json"));
            headers.Add("Intercom-Version", ApiVersion.In(context.Settings));
        },
    };

    private static string Host(ConnectorSettings settings) => Region.In(settings) switch
    {
        "eu" => "https://api.eu.intercom.io",
        "au" => "https://api.au.intercom.io",
        _ => "https://api.intercom.io",
    };

    private static string Contact(DeliveryBatch batch, ConnectorSettings settings) => $"{Host(settings)}/contacts/{Uri.EscapeDataString(batch.Rows[0].RemoteId ?? "")}";

    private static Func<DeliveryBatch, ConnectorSettings, Notes, IEnumerable<DeliveryBatch>> EachPerson(Func<DeliveryBatch, DeliveryRow, bool> where) =>
        (batch, settings, notes) => batch.Form is DeliveryForm.Membership ? Parts.EachRow(row => where(batch, row))(batch, settings, notes) : [];
}
