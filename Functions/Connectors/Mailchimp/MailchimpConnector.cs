using System.Collections.Immutable;
using System.Text;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Connectors.Mailchimp;

/// <summary>Mailchimp: people become contacts of one audience (a "list"), and are put on, or taken off, a static segment or tag of it.</summary>
/// <remarks>
/// Wire facts (Marketing API 3.0, spec 3.0.91, read 2026-08): mailchimp.com/developer/marketing/api: batch members of a list (500, errors inside a 200), members
/// (<c>status_if_new</c>, address hash), segments (500 to add and 500 to remove, errors name several addresses), tags, events; .../docs/fundamentals: 10 connections
/// at a time, 429 and a bare 403 under load, no rate headers. A batch with <c>update_existing</c> gives its status to contacts who exist and would resubscribe
/// who opted out: here it only creates, and whoever exists is updated one by one without a status.
/// </remarks>
internal static class MailchimpConnector
{
    internal static readonly SettingField ApiKey = SettingField.Secret(
        "apiKey", "API key", "Ends in a dash and the data center, such as -us19. Or give an access token.", pattern: "[!-~]+-[a-z]+[0-9]+");

    internal static readonly SettingField AccessToken = SettingField.Secret(
        "accessToken", "Access token", "Of a registered app (OAuth 2), instead of an API key. It does not end.", pattern: "[!-~]+");

    internal static readonly SettingField DataCenter = SettingField.Text(
        "dataCenter", "Data center", "The server prefix of the account, such as us19. Needed with an access token; an API key names it itself.", pattern: "[a-z]+[0-9]+");

    internal static readonly SettingField ListId = SettingField.Text(
        "listId", "Audience id", "Under Audience, Settings, Audience name and defaults: letters and digits.", required: true, pattern: "[A-Za-z0-9]+");

    internal static readonly SettingField Membership = SettingField.Choice(
        "membership", "Membership as", "segment: a static segment, 500 people a call. tag: a tag with the destination's audience name, one person a call.", ["segment", "tag"], "segment");

    internal static readonly SettingField NewStatus = SettingField.Choice(
        "newStatus", "Status of new contacts", "subscribed needs their consent; pending asks them by e-mail first; transactional sends them no campaigns. Contacts who exist keep theirs.",
        ["subscribed", "pending", "transactional"], "subscribed");

    internal static readonly FieldRules Rules = new()
    {
        Identifiers = [Identifier.Email.As("email_address").TrimmedLowercase()],
        Need = IdentifierNeed.AllOf,
        NamePattern = "^[A-Z0-9_]{1,10}(?:\\.(?:addr1|addr2|city|state|zip|country))?$",
        NameHint = "a merge tag has at most 10 upper-case letters, digits and underscores; of an address field one part, such as ADDRESS.city",
    };

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "mailchimp",
        DisplayName = "Mailchimp",
        DocsUrl = new("https://mailchimp.com/developer/marketing/api/"),
        Summary = "Makes people contacts of one audience, with their merge fields, and puts them on or takes them off a static segment or tag of it. Events on entry, change and exit.",
        RowAnswers = "New contacts and segment members are answered in batches that name failed people by e-mail address; contacts who exist are updated one by one.",
        Notes =
        [
            "An exit takes a person off the segment or tag. The contact stays in the audience, with its status and its other tags.",
            "Contacts who exist keep their status: nobody who unsubscribed is subscribed again.",
            "Merge fields must exist in the audience; Mailchimp drops values for others without a word.",
            "An address field is sent when its parts addr1, city, state and zip are all there.",
        ],
        Sources =
        [
            new("Marketing API 3.0: lists, members, segments, events", "https://mailchimp.com/developer/marketing/api/", "2026-08"),
            new("Fundamentals: limits and errors", "https://mailchimp.com/developer/marketing/docs/fundamentals/", "2026-08"),
        ],
        Settings = [ApiKey, AccessToken, DataCenter, ListId, Membership, NewStatus],
        CheckSettings = CheckSettings,
        Fields = Rules,
        DefaultMapping = [new("email", "email_address", IsIdentifier: true), new("firstName", "FNAME"), new("lastName", "LNAME")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership, DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 500,
            MaxResponseBytes = 8_000_000, // 500 whole contacts
            CallTimeout = TimeSpan.FromSeconds(120), // theirs
            ConcurrentCalls = 8, // of 10 connections a user may have
            CallsPerBatch = 4, // ours
            MixesOperations = true,
        },
        CapabilitiesFor = static (settings, form) => form is DeliveryForm.Events || Membership.In(settings) is "tag"
            ? Definition!.Capabilities with { RowsPerBatch = 50 } // ours: one call a person
            : Definition!.Capabilities,
        CheckBatch = static (batch, settings) => IsMembership(batch) && Membership.In(settings) is "segment" ? batch.AudienceMissing : null,
        Steps =
        [
            new()
            {
                Name = "create contacts",
                Parts = static (batch, _, _) => batch.Form is DeliveryForm.Membership && !batch.AttributesOnly ? [batch.Part(batch.RowsOf(DeliveryOperation.Add))] : [],
                BuildRequest = static (batch, settings, _) =>
                    new(HttpMethod.Post, $"{List(settings)}?skip_merge_validation=true&skip_duplicate_check=true") { Content = MailchimpBodies.NewContacts(batch, settings) },
                ReadResponse = MailchimpAnswers.ReadCreated,
            },
            new()
            {
                Name = "update contacts",
                Parts = static (batch, _, notes) => batch.Form is DeliveryForm.Membership ? MailchimpAnswers.ToUpdate(batch, notes) : [],
                BuildRequest = static (batch, settings, _) => new(batch.AttributesOnly ? HttpMethod.Patch : HttpMethod.Put, Member(batch, settings))
                {
                    Content = MailchimpBodies.Contact(batch, settings),
                },
                ReadResponse = static (response, batch, _, _) => MailchimpAnswers.ReadContact(response, batch),
            },
            new()
            {
                Name = "change segment",
                Parts = static (batch, settings, _) => IsMembership(batch) && Membership.In(settings) is "segment" ? [batch] : [],
                BuildRequest = static (batch, settings, _) =>
                    new(HttpMethod.Post, $"{List(settings)}/segments/{Uri.EscapeDataString(batch.Audience.ExternalId ?? "")}") { Content = MailchimpBodies.Changes(batch) },
                ReadResponse = static (response, batch, _, _) => MailchimpAnswers.ReadChanges(response, batch),
            },
            new()
            {
                Name = "change tag",
                Parts = static (batch, settings, notes) => IsMembership(batch) && Membership.In(settings) is "tag" ? Parts.EachRow()(batch, settings, notes) : [],
                BuildRequest = static (batch, settings, _) => new(HttpMethod.Post, $"{Member(batch, settings)}/tags") { Content = MailchimpBodies.Tag(batch) },
                ReadResponse = static (response, batch, _, _) => MailchimpAnswers.ReadMember(response, batch),
            },
            new()
            {
                Name = "event",
                Parts = static (batch, settings, notes) => batch.Form is DeliveryForm.Events ? Parts.EachRow()(batch, settings, notes) : [],
                BuildRequest = static (batch, settings, _) => new(HttpMethod.Post, $"{Member(batch, settings)}/events") { Content = MailchimpBodies.Event(batch) },
                ReadResponse = static (response, batch, _, _) => MailchimpAnswers.ReadMember(response, batch),
            },
        ],
        Check = new()
        {
            Name = "audience",
            BuildRequest = static (_, settings, _) => new(HttpMethod.Get, $"{List(settings)}?fields=id,name"),
            ReadResponse = static (response, _, _, _) => MailchimpAnswers.Failure(response) is { } failure ? failure : StepResult.Next,
        },
        HasAudiences = static settings => Membership.In(settings) is "segment",
        FindAudience = [FindSegment],
        CreateAudience =
        [
            new()
            {
                Name = "create segment",
                BuildRequest = static (audience, settings, _) =>
                    new(HttpMethod.Post, $"{List(settings)}/segments") { Content = MailchimpBodies.NewSegment(audience) },
                ReadResponse = MailchimpAnswers.ReadNewSegment,
            },
            FindSegment, // a lost race
        ],
        Authorize = static context => context.Request.Headers.Authorization = AccessToken.IsSetIn(context.Settings)
            ? new("Bearer", AccessToken.In(context.Settings))
            : new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"audiencesync:{ApiKey.In(context.Settings)}"))),
    };

    private static Step<AudienceRef> FindSegment => new()
    {
        Name = "find segment",
        BuildRequest = static (_, settings, notes) => new(
            HttpMethod.Get,
            $"{List(settings)}/segments?type=static&fields=segments.id,segments.name,total_items&count={MailchimpAnswers.SegmentsPerPage}&offset={notes.Cursor ?? "0"}"),
        ReadResponse = MailchimpAnswers.ReadSegments,
    };

    /// <summary>Part of the key, or given with a token.</summary>
    internal static string List(ConnectorSettings settings)
    {
        var dataCenter = AccessToken.IsSetIn(settings) ? DataCenter.In(settings) : ApiKey.In(settings)[(ApiKey.In(settings).LastIndexOf('-') + 1)..];
        return $"https://{dataCenter}.api.mailchimp.com/3.0/lists/{ListId.In(settings)}";
    }

    private static string Member(DeliveryBatch batch, ConnectorSettings settings) => $"{List(settings)}/members/{MailchimpBodies.HashOf(batch.Rows[0])}";

    private static bool IsMembership(DeliveryBatch batch) => batch.Form is DeliveryForm.Membership && !batch.AttributesOnly;

    private static ImmutableArray<Fault> CheckSettings(ConnectorSettings settings) => (ApiKey.IsSetIn(settings), AccessToken.IsSetIn(settings), DataCenter.IsSetIn(settings)) switch
    {
        (false, false, _) => [new("/secrets", "required", "Give an API key or an access token.")],
        (true, true, _) => [new("/secrets", "ambiguous", "Give either an API key or an access token.")],
        (false, true, false) => [new(SettingRules.PointerTo(DataCenter), "required", "Data center is required with an access token.")],
        _ => [],
    };
}
