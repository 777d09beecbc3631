using System.Net.Http.Headers;
using System.Text;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.CustomerIo;

/// <summary>Customer.io: people are written with the Track API, then put on, or taken off, a manual segment; or membership is an attribute.</summary>
/// <remarks>
/// Wire facts (Track API v1 and v2, App API v1, read 2026-08): customer.io/docs/api/track: <c>/api/v2/batch</c> (500 KB, 32 KB an operation, 207 names failed
/// operations by place), <c>/api/v1/segments/{id}/add_customers</c> (1,000 ids of one kind, no answer about single ids); customer.io/docs/api/app: segments.
/// There are no rate headers and no Retry-After. Nothing here deletes a person: the action <c>delete</c> would.
/// </remarks>
internal static class CustomerIoConnector
{
    private const int IdsPerCall = 1_000;

    internal static readonly SettingField Region = SettingField.Choice("region", "Region", "Where the workspace is: us or eu. The check tells when it is the other one.", ["us", "eu"], "us");

    internal static readonly SettingField SiteId = SettingField.Text(
        "siteId", "Site id", "Under Settings, API credentials, Tracking API keys.", required: true, pattern: "[!-9;-~]+");

    internal static readonly SettingField TrackApiKey = SettingField.Secret(
        "trackApiKey", "Tracking API key", "The key beside the site id.", required: true, pattern: "[!-~]+");

    internal static readonly SettingField AppApiKey = SettingField.Secret(
        "appApiKey", "App API key", "Finds and creates segments. Without it a destination names its segment by id.", pattern: "[!-~]+");

    internal static readonly SettingField Membership = SettingField.Choice(
        "membership", "Membership as",
        "segment: a manual segment. attribute: an attribute of the person that is true while they are a member, named by the destination's key or its external audience id.",
        ["segment", "attribute"], "segment");

    internal static readonly FieldRules Rules = new()
    {
        Identifiers =
        [
            new Identifier("cio_id").As("cio_id").Trimmed(),
            Identifier.ProfileId.As("id").Trimmed(),
            Identifier.Email.As("email").TrimmedLowercase(),
        ],
        Need = IdentifierNeed.AtLeastOneOf,
        NamePattern = "^(?!_|cio_)[\\s\\S]{1,150}$",
        NameHint = "at most 150 characters, and not beginning with an underscore or cio_, which are Customer.io's own",
    };

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "customerio",
        DisplayName = "Customer.io",
        DocsUrl = new("https://customer.io/docs/api/track/"),
        Summary = "Writes people and their attributes, and puts them on or takes them off a manual segment; or keeps membership as an attribute. Events on entry, change and exit.",
        RowAnswers = "People that cannot be written are named by their place in a 207; the others go on. Segment calls answer for nobody in particular, so they are accepted as a whole.",
        Notes =
        [
            "An exit takes a person off the segment, or clears the attribute; nobody is deleted or unsubscribed.",
            "Dates are sent as Unix seconds, as Customer.io compares them.",
            "A person whose e-mail address exists under another id is given the new id by Customer.io rather than created twice.",
        ],
        Sources =
        [
            new("Track API, v1 and v2", "https://customer.io/docs/api/track/", "2026-08"),
            new("App API, v1: segments", "https://customer.io/docs/api/app/", "2026-08"),
        ],
        Settings = [Region, SiteId, TrackApiKey, AppApiKey, Membership],
        Fields = Rules,
        DefaultMapping = [new("id", "id", IsIdentifier: true), new("email", "email"), new("firstName", "first_name"), new("lastName", "last_name")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership, DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = IdsPerCall,
            MaxBodyBytes = 500_000,
            MaxResponseBytes = 1_000_000, // each row may have an error
            CallsPerSecond = 100, // "fair use"
            ConcurrentCalls = 4, // ours
            UnmentionedRow = RowFate.Accepted,
            DedupeId = "the id of an event, made from the operation; membership needs none",
        },
        CheckBatch = static (batch, settings) => UsesSegment(batch, settings) ? batch.AudienceMissing : null,
        Steps =
        [
            new()
            {
                Name = "write people",
                Parts = static (batch, settings, _) => WritesPeople(batch, settings),
                BuildRequest = static (batch, settings, _) => new(HttpMethod.Post, $"{Track(settings)}/api/v2/batch") { Content = CustomerIoBodies.People(batch, settings) },
                ReadResponse = static (response, batch, _, _) => CustomerIoAnswer.Read(response, batch),
            },
            new() { Name = "add to segment", Parts = Segment(joins: true), BuildRequest = ChangeSegment, ReadResponse = ReadSegment },
            new() { Name = "take off segment", Parts = Segment(joins: false), BuildRequest = ChangeSegment, ReadResponse = ReadSegment },
        ],
        Check = new()
        {
            Name = "region",
            BuildRequest = static (_, settings, _) => new(HttpMethod.Get, $"{Track(settings)}/api/v1/accounts/region"),
            ReadResponse = static (response, _, settings, _) => ResponseRules.Read(response, () =>
                response.Json?.TextAt("region") is { } region && region != Region.In(settings)
                    ? new DeliveryOutcome.Misconfigured("wrong_region", $"The workspace is in the region '{region}'. Set Region to it.")
                    : StepResult.Next),
        },
        HasAudiences = static settings => Membership.In(settings) is "segment" && AppApiKey.IsSetIn(settings),
        FindAudience = [new() { Name = "find segment", BuildRequest = ListSegments, ReadResponse = ReadSegments }],
        CreateAudience = [new() { Name = "create segment", BuildRequest = CreateSegment, ReadResponse = ReadCreated }],
        Authorize = static context => context.Request.Headers.Authorization ??= new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{SiteId.In(context.Settings)}:{TrackApiKey.In(context.Settings)}"))),
    };

    private static string Track(ConnectorSettings settings) => Region.In(settings) is "eu" ? "https://track-eu.customer.io" : "https://track.customer.io";

    private static string App(ConnectorSettings settings) => Region.In(settings) is "eu" ? "https://api-eu.customer.io" : "https://api.customer.io";

    private static bool UsesSegment(DeliveryBatch batch, ConnectorSettings settings) =>
        batch.Form is DeliveryForm.Membership && !batch.AttributesOnly && Membership.In(settings) is "segment";

    /// <summary>A segment drops ids it does not know without a word, so people are written first. Who leaves it is not written at all.</summary>
    private static IEnumerable<DeliveryBatch> WritesPeople(DeliveryBatch batch, ConnectorSettings settings) =>
        [batch.Part(UsesSegment(batch, settings) ? batch.Rows.Where(row => row.Operation is not DeliveryOperation.Remove) : batch.Rows)];

    /// <summary>Ids of one kind a call.</summary>
    private static Func<DeliveryBatch, ConnectorSettings, Notes, IEnumerable<DeliveryBatch>> Segment(bool joins) => (batch, settings, _) =>
        !UsesSegment(batch, settings) ? []
        : from row in batch.Rows
          where row.Operation is DeliveryOperation.Remove != joins
          group row by Rules.FirstOf(row.Fields)?.Rule.Field into kind
          where kind.Key is not null
          from ids in kind.Chunk(IdsPerCall)
          select batch.Part(ids, $"{(joins ? "add" : "remove")}_customers?id_type={kind.Key}");

    private static HttpRequestMessage ChangeSegment(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        new(HttpMethod.Post, $"{Track(settings)}/api/v1/segments/{Uri.EscapeDataString(batch.Audience.ExternalId ?? "")}/{batch.Tag}")
        {
            Content = CustomerIoBodies.Ids(batch),
        };

    private static StepResult ReadSegment(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        response.Status == 404
            ? new DeliveryOutcome.Misconfigured("segment_gone", "The segment does not exist, or is not a manual one. Name another, or let it be created anew.")
            : ResponseRules.Read(response, static () => RowOutcome.Accepted);

    private static HttpRequestMessage ListSegments(AudienceRef audience, ConnectorSettings settings, Notes notes) => AppRequest(HttpMethod.Get, settings);

    private static StepResult ReadSegments(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        ResponseRules.Read(response, () => response.Json?.ItemsAt("segments")
            .Where(segment => segment.TextAt("name") == audience.Name && segment.TextAt("type") == "manual")
            .Select(segment => segment.TextAt("id"))
            .FirstOrDefault(id => id is not null) is { } found ? new StepResult.Found(found) : StepResult.Next);

    private static HttpRequestMessage CreateSegment(AudienceRef audience, ConnectorSettings settings, Notes notes)
    {
        var request = AppRequest(HttpMethod.Post, settings);
        request.Content = CustomerIoBodies.NewSegment(audience);
        return request;
    }

    private static StepResult ReadCreated(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        ResponseRules.Read(response, () => response.Json?.TextAt("segment", "id") is { } id
            ? new StepResult.Found(id)
            : new DeliveryOutcome.Failed("answer_unreadable", ResponseRules.Describe(response)));

    private static HttpRequestMessage AppRequest(HttpMethod method, ConnectorSettings settings) =>
        new(method, $"{App(settings)}/v1/segments") { Headers = { Authorization = new("Bearer", AppApiKey.In(settings)) } };
}
