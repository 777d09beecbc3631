using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.SendGrid;

/// <summary>SendGrid marketing contacts: people are upserted onto a list as a job, and taken off it by the platform's ids.</summary>
/// <remarks>
/// Wire facts (v3, github.com/twilio/sendgrid-oai tsg_mc_contacts_v3, tsg_mc_lists_v3, tsg_mc_custom_fields_v3, read 2026-01): 30,000 contacts or 6 MB an upsert,
/// which one invalid address refuses whole; imports/{job}; search of 100 identifiers, 404 when none is known; DELETE lists/{id}/contacts of ids in the query;
/// <c>X-RateLimit-Reset</c> as Unix seconds. DELETE marketing/contacts would delete people: it is never called.
/// </remarks>
internal static class SendGridConnector
{
    private const int IdentifiersPerSearch = 100;

    /// <summary>For the length of the address. Ours.</summary>
    private const int IdsPerRemoval = 100;

    /// <summary>Between two looks at a job; they take minutes. Ours.</summary>
    private static readonly TimeSpan PollPause = TimeSpan.FromSeconds(20);

    internal static readonly SettingField ApiKey = SettingField.Secret("apiKey", "API key", "With full access to Marketing.", required: true, pattern: "[!-~]+");

    internal static readonly SettingField Region = SettingField.Choice("region", "Region", "global, or eu for subusers that are kept in the EU.", ["global", "eu"], "global");

    internal static readonly SettingField OnBehalfOf = SettingField.Text("onBehalfOf", "Subuser", "The subuser whose contacts these are; empty for the account's own.", pattern: "[!-~]+");

    internal static readonly FieldRules Rules = new()
    {
        Identifiers =
        [
            Identifier.Email.As("email").TrimmedLowercase(),
            Identifier.Phone.As("phone_number_id").E164(),
            Identifier.ProfileId.As("external_id").Trimmed(),
            new Identifier("anonymous_id").As("anonymous_id").Trimmed(),
        ],
        Need = IdentifierNeed.AtLeastOneOf,
        Known = [.. SendGridBodies.Reserved],
        Typed = [new("alternate_emails", FieldType.TextList)],
        NamePattern = "^[A-Za-z_][A-Za-z0-9_]{0,99}$",
        NameHint = "the id of a custom field (such as e2_T) or its name: letters, digits and underscores, not beginning with a digit",
    };

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "sendgrid",
        DisplayName = "SendGrid",
        DocsUrl = new("https://www.twilio.com/docs/sendgrid/api-reference/contacts"),
        Summary = "Upserts marketing contacts with reserved and custom fields onto a list, found or created by name, and takes them off it again.",
        RowAnswers = "An upsert is a job; contacts that failed are read from its report. One invalid address refuses a whole call: it is named, and the others are sent again.",
        Notes =
        [
            "An exit takes the contact off the list; the contact, its other lists and its unsubscriptions stay.",
            "A contact that has several identifiers is updated only when all of them are sent: map each that you use.",
            "Custom fields must exist; they are named by id (e2_T) or by name.",
            "There are no events for marketing contacts. An update-only destination writes contacts without a list; SendGrid creates those it does not know.",
        ],
        Sources =
        [
            new("Contacts: upsert, search, import status", "https://www.twilio.com/docs/sendgrid/api-reference/contacts/add-or-update-a-contact", "2026-01"),
            new("Lists", "https://www.twilio.com/docs/sendgrid/api-reference/lists", "2026-01"),
            new("OpenAPI descriptions", "https://github.com/twilio/sendgrid-oai", "2026-01"),
        ],
        Settings = [ApiKey, Region, OnBehalfOf],
        Fields = Rules,
        DefaultMapping = [new("email", "email", IsIdentifier: true), new("firstName", "first_name"), new("lastName", "last_name")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 5_000, // of 30,000; ours, so that ordinary members fit the 6 MB
            MaxBodyBytes = 6_000_000,
            MaxResponseBytes = 4_000_000, // reports of failed contacts
            CallsPerSecond = 3, // ours; theirs is not published
            ConcurrentCalls = 3, // ours
        },
        CheckBatch = static (batch, _) => batch.AttributesOnly ? null : batch.AudienceMissing,
        Steps =
        [
            new()
            {
                Name = "look up leavers",
                Parts = static (batch, settings, notes) => Parts.By(static row => Rules.FirstOf(row.Fields)!.Value.Rule.Field, IdentifiersPerSearch)(
                    batch.Part(batch.RowsOf(DeliveryOperation.Remove).Where(static row => row.RemoteId is null)), settings, notes),
                BuildRequest = static (batch, settings, _) => new(
                    HttpMethod.Post, $"{Host(settings)}/v3/marketing/contacts/search/{(batch.Tag == "email" ? "emails" : $"identifiers/{batch.Tag}")}")
                {
                    Content = SendGridBodies.Search(batch),
                },
                ReadResponse = static (response, batch, _, _) => SendGridAnswers.ReadSearch(response, batch),
            },
            new()
            {
                Name = "take off list",
                Parts = Parts.Chunks(IdsPerRemoval, static row => row.Operation is DeliveryOperation.Remove && row.RemoteId is not null),
                BuildRequest = static (batch, settings, _) => new(HttpMethod.Delete, $"{Host(settings)}/v3/marketing/lists/{ListOf(batch)}/contacts?contact_ids={Ids(batch)}"),
                ReadResponse = static (response, batch, _, _) => SendGridAnswers.ReadRemoval(response, batch),
            },
            new()
            {
                Name = "read custom fields",
                BuildRequest = static (batch, settings, _) => SendGridBodies.CustomNames(batch).Count > 0 ? new(HttpMethod.Get, $"{Host(settings)}/v3/marketing/field_definitions") : null,
                ReadResponse = static (response, batch, _, notes) => SendGridAnswers.ReadFields(response, batch, notes),
            },
            new()
            {
                Name = "upsert contacts",
                Parts = static (batch, _, _) => [batch.Part(batch.Rows.Where(static row => row.Operation is not DeliveryOperation.Remove))],
                BuildRequest = static (batch, settings, notes) => new(HttpMethod.Put, $"{Host(settings)}/v3/marketing/contacts") { Content = SendGridBodies.Contacts(batch, notes) },
                ReadResponse = static (response, batch, _, _) => SendGridAnswers.ReadUpsert(response, batch, PollPause),
            },
        ],
        PollJob =
        [
            new()
            {
                Name = "ask after job",
                BuildRequest = static (job, settings, _) => new(HttpMethod.Get, $"{Host(settings)}/v3/marketing/contacts/imports/{Uri.EscapeDataString(job.JobId)}"),
                ReadResponse = static (response, job, _, notes) => SendGridAnswers.ReadJob(response, job, notes, PollPause),
            },
            new()
            {
                Name = "read report",
                BuildRequest = static (_, settings, notes) => Report(notes.Get<string>(SendGridAnswers.ReportUrl), settings),
                ReadResponse = static (response, job, _, _) => SendGridAnswers.ReadReport(response, job),
            },
        ],
        Check = new()
        {
            Name = "lists",
            BuildRequest = static (_, settings, _) => new(HttpMethod.Get, $"{Host(settings)}/v3/marketing/lists?page_size=1"),
            ReadResponse = static (response, _, _, _) => ResponseRules.Read(response, static () => StepResult.Next),
        },
        FindAudience = [FindList],
        CreateAudience =
        [
            new()
            {
                Name = "create list",
                BuildRequest = static (audience, settings, _) => new(HttpMethod.Post, $"{Host(settings)}/v3/marketing/lists") { Content = SendGridBodies.NewList(audience) },
                ReadResponse = static (response, _, _, _) => SendGridAnswers.ReadNewList(response),
            },
            FindList, // a lost race
        ],
        Authorize = static context =>
        {
            context.Request.Headers.Authorization = new("Bearer", ApiKey.In(context.Settings));
            if (OnBehalfOf.In(context.Settings) is { Length: > 0 } subuser)
            {
                context.Request.Headers.Add("on-behalf-of", subuser);
            }
        },
    };

    private static Step<AudienceRef> FindList => new()
    {
        Name = "find list",
        BuildRequest = static (_, settings, notes) => new(
            HttpMethod.Get, $"{Host(settings)}/v3/marketing/lists?page_size=1000{(notes.Cursor is { } cursor ? $"&page_token={Uri.EscapeDataString(cursor)}" : "")}"),
        ReadResponse = static (response, audience, _, _) => SendGridAnswers.ReadLists(response, audience),
    };

    private static string Host(ConnectorSettings settings) => Region.In(settings) is "eu" ? "https://api.eu.sendgrid.com" : "https://api.sendgrid.com";

    /// <summary>A signed link to somewhere else as a rule: the key goes with it only where it leads to SendGrid itself.</summary>
    private static HttpRequestMessage? Report(string? address, ConnectorSettings settings)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url))
        {
            return null;
        }

        var request = new HttpRequestMessage(HttpMethod.Get, url);
        var isTheirs = url.Authority == new Uri(Host(settings)).Authority || url.Authority == BaseUrl.Of(settings)?.Authority;
        return isTheirs ? request : request.WithoutCredentials();
    }

    private static string ListOf(DeliveryBatch batch) => Uri.EscapeDataString(batch.Audience.ExternalId ?? "");

    private static string Ids(DeliveryBatch batch) => string.Join(',', batch.Rows.Select(row => Uri.EscapeDataString(row.RemoteId!)).Distinct());
}
