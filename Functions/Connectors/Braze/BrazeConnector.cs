using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Braze;

/// <summary>Braze: membership as a custom attribute of the user, a flag each audience or one list of audiences; events with <c>/users/track</c>.</summary>
/// <remarks>
/// Wire facts (REST API, unversioned, read 2026-08): braze.com/docs/api/endpoints/user_data/post_user_track and .../post_user_track_bulk: 75 objects and 4 MB,
/// in bulk 1,000 objects and 2 MB; .../api/identifier_types and .../api/objects_filters/user_attributes_object: one identity an object, <c>_update_existing_only</c>;
/// .../api/errors: failed rows by position inside a 201; .../api/api_limits: 3,000 calls in 3 s, <c>X-RateLimit-Reset</c> as Unix seconds, no Retry-After.
/// </remarks>
internal static class BrazeConnector
{
    private const int RowsPerCall = 75;

    internal static readonly SettingField Endpoint = SettingField.Url(
        "endpoint", "REST endpoint", "Shown in Braze under Settings, APIs and Identifiers, such as https://rest.iad-01.braze.com or https://rest.fra-01.braze.eu.", required: true);

    internal static readonly SettingField ApiKey = SettingField.Secret(
        "apiKey", "REST API key", "A key with the permission users.track, and users.track.bulk where the bulk endpoint is used.", required: true, pattern: "[!-~]+");

    internal static readonly SettingField Membership = SettingField.Choice(
        "membership", "Membership as",
        "flag: one true or false attribute for each audience, named by the destination's key or its external audience id. list: one attribute that holds the names of all audiences.",
        ["flag", "list"], "flag");

    internal static readonly SettingField ListAttribute = SettingField.Text(
        "listAttribute", "List attribute", "The custom attribute that holds the audiences where membership is a list: letters, digits and underscores.",
        pattern: "[A-Za-z0-9_]{1,255}", @default: "cdp_audiences");

    internal static readonly SettingField UpdateExistingOnly = SettingField.Flag(
        "updateExistingOnly", "Only users who exist", "Members whom Braze does not know are left out rather than created.");

    internal static readonly SettingField AliasLabel = SettingField.Text(
        "aliasLabel", "Alias label", "The label of the aliases, where the field user_alias is mapped.", @default: "audience_sync");

    internal static readonly SettingField AppId = SettingField.Text("appId", "App id", "The app that events are attributed to; may be left out.");

    internal static readonly SettingField Bulk = SettingField.Flag(
        "bulk", "Bulk endpoint", "Sends 1,000 users in one call instead of 75. Braze opens this endpoint account by account; where it is not open, calls of 75 follow.");

    internal static readonly FieldRules Rules = new()
    {
        Identifiers =
        [
            Identifier.ExternalId.As("external_id").Trimmed(),
            new Identifier("braze_id").As("braze_id").Trimmed(),
            new Identifier("user_alias").As("user_alias").Trimmed(),
            Identifier.Email.As("email").TrimmedLowercase(),
            Identifier.Phone.As("phone").E164(),
        ],
        Need = IdentifierNeed.AtLeastOneOf,
        NamePattern = "^[A-Za-z0-9][A-Za-z0-9_]{0,254}$",
        NameHint = "letters, digits and underscores, beginning with a letter or digit, at most 255 characters",
    };

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "braze",
        DisplayName = "Braze",
        DocsUrl = new("https://www.braze.com/docs/api/endpoints/user_data/post_user_track"),
        Summary = "Keeps membership as a custom attribute of each user, true or false for each audience or one list of audiences, together with the mapped attributes. Events on entry, change and exit.",
        RowAnswers = "A 201 names failed users by their place in the call; the others are accepted. An error that names nobody has the rest tried again.",
        Notes =
        [
            "An exit sets the flag to false, or takes the audience out of the list; nobody is deleted or unsubscribed, and nobody is created by it.",
            "Each attribute that is written may count as a data point: only changes are sent.",
            "Braze segments are built on the attribute in Braze; nothing has to be created there first.",
        ],
        Sources =
        [
            new("Track users: attributes and events", "https://www.braze.com/docs/api/endpoints/user_data/post_user_track/", "2026-08"),
            new("Track users in bulk", "https://www.braze.com/docs/api/endpoints/user_data/post_user_track_bulk/", "2026-08"),
            new("API errors", "https://www.braze.com/docs/api/errors/", "2026-08"),
            new("API rate limits", "https://www.braze.com/docs/api/api_limits/", "2026-08"),
        ],
        Settings = [Endpoint, ApiKey, Membership, ListAttribute, UpdateExistingOnly, AliasLabel, AppId, Bulk],
        Fields = Rules,
        DefaultMapping = [new("id", "external_id", IsIdentifier: true), new("email", "email"), new("firstName", "first_name")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership, DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = RowsPerCall,
            MaxBodyBytes = 4_000_000,
            MaxResponseBytes = 1_000_000, // each row may have an error
            CallsPerSecond = 1_000,
            ConcurrentCalls = 8, // ours
            MixesOperations = true,
            UnmentionedRow = RowFate.Accepted,
        },
        CapabilitiesFor = static (settings, _) => Bulk.FlagIn(settings)
            ? Definition!.Capabilities with { RowsPerBatch = 1_000, MaxBodyBytes = 2_000_000, CallsPerSecond = 50 }
            : Definition!.Capabilities,
        Steps =
        [
            new()
            {
                Name = "track in bulk",
                Parts = static (batch, settings, _) => Bulk.FlagIn(settings) ? [batch] : [],
                BuildRequest = static (batch, settings, _) => Track(batch, settings, "/users/track/bulk"),
                ReadResponse = static (response, batch, _, _) => response.Status is 401 or 404 ? StepResult.Next : BrazeAnswer.Read(response, batch),
            },
            new()
            {
                Name = "track",
                Parts = Parts.Chunks(RowsPerCall),
                BuildRequest = static (batch, settings, _) => Track(batch, settings, "/users/track"),
                ReadResponse = static (response, batch, _, _) => BrazeAnswer.Read(response, batch),
            },
        ],

        // An empty call changes nobody: 400 for its emptiness means that the key and its permission were taken.
        Check = new()
        {
            Name = "track nobody",
            BuildRequest = static (_, settings, _) => new(HttpMethod.Post, Address(settings, "/users/track")) { Content = JsonBody.Of(WriteEmpty) },
            ReadResponse = static (response, _, _, _) => response.Status == 400 ? StepResult.Next : ResponseRules.Read(response, static () => StepResult.Next),
        },
        Authorize = static context => context.Request.Headers.Authorization = new("Bearer", ApiKey.In(context.Settings)),
    };

    private static HttpRequestMessage Track(DeliveryBatch batch, ConnectorSettings settings, string path) => new(HttpMethod.Post, Address(settings, path))
    {
        Content = batch.Form is DeliveryForm.Events ? BrazeBodies.Events(batch, settings) : BrazeBodies.Attributes(batch, settings),
    };

    private static string Address(ConnectorSettings settings, string path) => $"{Endpoint.In(settings).TrimEnd('/')}{path}";

    private static void WriteEmpty(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteEndObject();
    }
}
