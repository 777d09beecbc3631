using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Iterable;

/// <summary>Iterable: people are put on, or taken off, a static list, with their data fields; events with <c>trackBulk</c>.</summary>
/// <remarks>
/// Wire facts (unversioned; swagger of api.iterable.com/api/docs, read 2026-07): lists/subscribe, lists/unsubscribe, users/bulkUpdate, events/trackBulk, lists.
/// 1,000 subscribers a call and about 5 calls a second for lists are what peers keep to; bodies of 4 MB. Answers are 200 even when everybody failed, and name
/// people by identifier. No Retry-After.
/// </remarks>
internal static class IterableConnector
{
    /// <summary>Longest user id, in characters.</summary>
    private const int MaxUserId = 52;

    internal static readonly SettingField DataCenter = SettingField.Choice("dataCenter", "Data center", "Where the project is: us or eu.", ["us", "eu"], "us");

    internal static readonly SettingField ApiKey = SettingField.Secret(
        "apiKey", "API key", "A server-side key of the project. Keys for apps and web pages do not do.", required: true, pattern: "[!-~]+");

    internal static readonly SettingField ProjectType = SettingField.Choice(
        "projectType", "Project type", "How the project identifies people: by email, by userId, or by both (hybrid).", ["email", "userId", "hybrid"], "email");

    internal static readonly SettingField UpdateExistingOnly = SettingField.Flag(
        "updateExistingOnly", "Only users who exist", "Members whom Iterable does not know are refused rather than created. For projects of the types userId and hybrid.");

    internal static readonly FieldRules Rules = new()
    {
        Identifiers =
        [
            Identifier.Email.As("email").TrimmedLowercase(),
            Identifier.ProfileId.As("userId").Then("unpadded ASCII, at most 52 characters", UserId),
        ],
        Need = IdentifierNeed.AtLeastOneOf,
        NamePattern = "^[^.]{1,255}$",
        NameHint = "a name without dots, at most 255 characters",
    };

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "iterable",
        DisplayName = "Iterable",
        DocsUrl = new("https://api.iterable.com/api/docs"),
        Summary = "Puts people on a static list, with their data fields, and takes them off again. Events on entry, change and exit.",
        RowAnswers = "A 200 names the people who failed by e-mail address or user id; the others are accepted. People deleted for privacy count as done.",
        Notes =
        [
            "An exit takes a person off the list; every channel subscription stays as it is.",
            "A data field's type is fixed by its first use in the project. Members whose value does not fit are refused, the others are sent again.",
            "In projects that identify people by e-mail address, Iterable may create a person it does not know even for a removal or an update.",
        ],
        Sources =
        [
            new("Iterable API: lists, users, events", "https://api.iterable.com/api/docs", "2026-07"),
            new("API rate limits and sample payloads", "https://support.iterable.com/hc/en-us/articles/204780579", "2026-07"),
        ],
        Settings = [DataCenter, ApiKey, ProjectType, UpdateExistingOnly],
        Fields = Rules,
        DefaultMapping = [new("email", "email", IsIdentifier: true), new("firstName", "firstName"), new("lastName", "lastName"), new("phone", "phoneNumber")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership, DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 1_000,
            MaxBodyBytes = 4_000_000,
            MaxResponseBytes = 1_000_000, // everybody may be named
            CallsPerSecond = 5,
            ConcurrentCalls = 4, // ours
            UnmentionedRow = RowFate.Accepted,
            DedupeId = "the id of an event; the same id overwrites",
        },
        CheckBatch = static (batch, _) => batch.Form is DeliveryForm.Membership && !batch.AttributesOnly ? batch.AudienceMissing : null,
        CheckRow = static (row, _, settings) => IterableBodies.HasIdentity(row, settings)
            ? null
            : new(RowFate.Rejected, "missing_identifier", $"The project identifies people by {ProjectType.In(settings)}, which the member lacks, or which cannot be one."),
        Steps =
        [
            new()
            {
                Name = "subscribe",
                Parts = static (batch, _, _) => Members(batch, row => row.Operation is not DeliveryOperation.Remove && !batch.AttributesOnly),
                BuildRequest = static (batch, settings, _) => Post(settings, "lists/subscribe", IterableBodies.Subscribe(batch, settings)),
                ReadResponse = static (response, batch, settings, _) => IterableAnswer.Read(response, batch, settings),
            },
            new()
            {
                Name = "update users",
                Parts = static (batch, _, _) => Members(batch, row => row.Operation is not DeliveryOperation.Remove && batch.AttributesOnly),
                BuildRequest = static (batch, settings, _) => Post(settings, "users/bulkUpdate", IterableBodies.Update(batch, settings)),
                ReadResponse = static (response, batch, settings, _) => IterableAnswer.Read(response, batch, settings),
            },
            new()
            {
                Name = "unsubscribe",
                Parts = static (batch, _, _) => Members(batch, row => row.Operation is DeliveryOperation.Remove),
                BuildRequest = static (batch, settings, _) => Post(settings, "lists/unsubscribe", IterableBodies.Unsubscribe(batch, settings)),
                ReadResponse = static (response, batch, settings, _) => IterableAnswer.Read(response, batch, settings),
            },
            new()
            {
                Name = "track",
                Parts = static (batch, _, _) => batch.Form is DeliveryForm.Events ? [batch] : [],
                BuildRequest = static (batch, settings, _) => Post(settings, "events/trackBulk", IterableBodies.Events(batch, settings)),
                ReadResponse = static (response, batch, settings, _) => IterableAnswer.Read(response, batch, settings),
            },
        ],
        Check = new()
        {
            Name = "lists",
            BuildRequest = static (_, settings, _) => new(HttpMethod.Get, Address(settings, "lists")),
            ReadResponse = static (response, _, _, _) => ResponseRules.Read(response, static () => StepResult.Next),
        },
        FindAudience =
        [
            new()
            {
                Name = "find list",
                BuildRequest = static (_, settings, _) => new(HttpMethod.Get, Address(settings, "lists")),
                ReadResponse = ReadLists,
            },
        ],
        CreateAudience =
        [
            new()
            {
                Name = "create list",
                BuildRequest = static (audience, settings, _) => Post(settings, "lists", IterableBodies.NewList(audience)),
                ReadResponse = static (response, _, _, _) => ResponseRules.Read(response, () => response.Json?.TextAt("listId") is { } id
                    ? new StepResult.Found(id)
                    : new DeliveryOutcome.Failed("answer_unreadable", ResponseRules.Describe(response))),
            },
        ],
        Authorize = static context => context.Request.Headers.Add("Api-Key", ApiKey.In(context.Settings)),
    };

    private static IEnumerable<DeliveryBatch> Members(DeliveryBatch batch, Func<DeliveryRow, bool> where) =>
        batch.Form is DeliveryForm.Membership ? [batch.Part(batch.Rows.Where(where))] : [];

    private static HttpRequestMessage Post(ConnectorSettings settings, string path, HttpContent body) => new(HttpMethod.Post, Address(settings, path)) { Content = body };

    private static string Address(ConnectorSettings settings, string path) =>
        $"{(DataCenter.In(settings) is "eu" ? "https://api.eu.iterable.com" : "https://api.iterable.com")}/api/{path}";

    /// <summary>Names are not unique; the first static list of the name is it. Dynamic lists follow rules of their own.</summary>
    private static StepResult ReadLists(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        ResponseRules.Read(response, () => response.Json?.ItemsAt("lists")
            .Where(list => list.TextAt("name") == audience.Name && list.TextAt("listType") is null or "Standard")
            .Select(list => list.TextAt("id"))
            .FirstOrDefault(id => id is not null) is { } found ? new StepResult.Found(found)
            : response.IsCut ? new DeliveryOutcome.Failed("answer_too_large", "The project has more lists than can be read. Give the list's id.")
            : StepResult.Next);

    /// <summary>An id with spaces around it would be another person: it is nobody rather than trimmed.</summary>
    private static int UserId(Span<byte> text, int length) =>
        length <= MaxUserId && text[0] != ' ' && text[length - 1] != ' ' && !text[..length].ContainsAnyExceptInRange((byte)' ', (byte)'~') ? length : 0;
}
