using System.Collections.Immutable;
using System.Globalization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Identifiers;

namespace AudienceSync.Connectors.TikTok;

/// <summary>TikTok audiences: streams members into, and out of, a partner audience of one advertiser.</summary>
/// <remarks>
/// Wire facts (API for Business v1.3, read 2026-08): business-api.tiktok.com/portal/docs, segment/audience, segment/mapping (positions of <c>batch_data</c> follow
/// <c>id_schema</c>, an identifier that is missing is <c>{}</c>), dmp/custom_audience/list. Every path ends with a slash; without it the gateway answers 404.
/// </remarks>
internal static class TikTokAudiences
{
    private const string Advertiser = "advertiser";

    private static readonly SettingField AccessToken = SettingField.Secret(
        "accessToken", "Access token", "Of an app that may manage audiences and is allowed to stream segments; such a token does not end until it is revoked.", required: true);

    private static readonly SettingField AdvertiserId = SettingField.Text(
        "advertiserId", "Advertiser ID", "The digits shown in TikTok Ads Manager.", required: true, pattern: "[0-9]{4,32}");

    private static readonly SettingField ApiVersion = SettingField.Text("apiVersion", "API version", "Of the API for Business.", pattern: @"v[0-9]\.[0-9]{1,2}", @default: "v1.3");

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "tiktok-audiences",
        DisplayName = "TikTok audiences",
        DocsUrl = new("https://business-api.tiktok.com/portal/docs?id=1739566528222210"),
        Summary = "Adds members to, and removes them from, a partner audience of a TikTok advertiser, matched by hashed identifiers.",
        RowAnswers = "TikTok accepts a call as a whole and names no rows; what it does not recognise it leaves out without a word.",
        Notes =
        [
            "The app must be allow-listed by TikTok for streaming segments.",
            "Identifiers are normalised and hashed here; values that are such digests already are passed on.",
            "Sizes are refreshed within one to two days, and an audience needs about 1,000 matched people to be used.",
        ],
        Sources =
        [
            new("API for Business v1.3: audience management", "https://business-api.tiktok.com/portal/docs?id=1739566528222210", "2026-08"),
            new("API for Business v1.3: return codes", "https://business-api.tiktok.com/portal/docs?id=1737172488964097", "2026-08"),
            new("Customer files: identifiers and formats", "https://ads.tiktok.com/help/article/custom-audience-customer-file", "2026-08"),
        ],
        Settings = [AccessToken, AdvertiserId, TikTokColumns.EmailRule, ApiVersion],
        Fields = new() { Identifiers = TikTokColumns.Default, Need = IdentifierNeed.AtLeastOneOf, OnlyKnown = true },
        DefaultMapping = [new("email", "EMAIL_SHA256", IsIdentifier: true), new("phone", "PHONE_SHA256", IsIdentifier: true)],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 1_000, // ours: TikTok states no number
            MaxBodyBytes = 1_000_000, // ours, as its partners have it
            ConcurrentCalls = 2, // ours
            CallsPerSecond = 10, // the basic tier; 600 a minute is the same
            CallsPerDay = 864_000,
            UnmentionedRow = RowFate.Accepted,
        },
        CheckRow = static (row, _, settings) => TikTokColumns.Of(settings).Any(column => column.IsFilled(row.Fields))
            ? null
            : new(RowFate.Rejected, "missing_identifier", "No identifier of the member is one that TikTok takes."),
        Steps = [new() { Name = "mapping", BuildRequest = Mapping, ReadResponse = static (response, batch, _, _) => TikTokErrors.Read(response) ?? DeliveryOutcome.AllAccepted(batch) }],
        Check = new() { Name = "user and advertiser", BuildRequest = Who, ReadResponse = ReadWho },
        FindAudience = [new() { Name = "find audience", BuildRequest = Find, ReadResponse = ReadFind }],
        CreateAudience = [new() { Name = "create audience", BuildRequest = Create, ReadResponse = ReadCreate }],
        Authorize = static context => context.Request.Headers.Add("Access-Token", AccessToken.In(context.Settings)),
    };

    private static HttpRequestMessage Mapping(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        ImmutableArray<IdentifierRule> columns = [.. TikTokColumns.Of(settings).Where(column => batch.Rows.Any(row => row.Fields.Has(column.Field)))];
        using var table = IdentifierTable.Of(batch.Rows, columns);
        return JsonBody.Request(HttpMethod.Post, Address(settings, "segment/mapping/"), json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("advertiser_ids");
            json.WriteStringValue(AdvertiserId.In(settings));
            json.WriteEndArray();
            json.WriteString("action", batch.Rows[0].Operation is DeliveryOperation.Remove ? "delete" : "add");
            json.WriteStartArray("id_schema");
            foreach (var column in columns)
            {
                json.WriteStringValue(column.Field);
            }

            json.WriteEndArray();
            json.WriteStartArray("batch_data");
            for (var row = 0; row < batch.Rows.Length; row++)
            {
                json.WriteStartArray();
                for (var column = 0; column < columns.Length; column++)
                {
                    json.WriteStartObject();
                    if (table[row, column] is { IsEmpty: false } id)
                    {
                        json.WriteString("id", id);
                        json.WriteStartArray("audience_ids");
                        json.WriteStringValue(batch.Audience.ExternalId);
                        json.WriteEndArray();
                    }

                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>The user proves the token; the advertiser, that it reaches that far.</summary>
    private static HttpRequestMessage Who(ConnectionProbe probe, ConnectorSettings settings, Notes notes) => new(
        HttpMethod.Get,
        Address(settings, notes.Cursor is Advertiser ? $"advertiser/info/?advertiser_ids={Uri.EscapeDataString($"[\"{AdvertiserId.In(settings)}\"]")}" : "user/info/"));

    private static StepResult ReadWho(ConnectorResponse response, ConnectionProbe probe, ConnectorSettings settings, Notes notes) =>
        TikTokErrors.Read(response) is { } failure ? failure
        : notes.Cursor is not Advertiser ? new StepResult.Page(Advertiser)
        : response.Json!.Value.ItemsAt("data", "list").Any(item => item.TextAt("advertiser_id") == AdvertiserId.In(settings)) ? StepResult.Next
        : new DeliveryOutcome.Misconfigured("advertiser_not_visible", $"The token is good, but it does not reach the advertiser {AdvertiserId.In(settings)}.");

    private static HttpRequestMessage Find(AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        new(HttpMethod.Get, Address(settings, $"dmp/custom_audience/list/?advertiser_id={AdvertiserId.In(settings)}&page={notes.Cursor ?? "1"}&page_size=100"));

    /// <summary>Names are not unique; the first of that name is taken.</summary>
    private static StepResult ReadFind(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes)
    {
        if (TikTokErrors.Read(response) is { } failure)
        {
            return failure;
        }

        var json = response.Json!.Value;
        var page = int.Parse(notes.Cursor ?? "1", CultureInfo.InvariantCulture);
        return json.ItemsAt("data", "list").FirstOrDefault(item => item.TextAt("name") == audience.Name).TextAt("audience_id") is { } id ? new StepResult.Found(id)
            : page < (json.NumberAt("data", "page_info", "total_page") ?? 0) ? new StepResult.Page((page + 1).ToString(CultureInfo.InvariantCulture))
            : StepResult.Next;
    }

    private static HttpRequestMessage Create(AudienceRef audience, ConnectorSettings settings, Notes notes) => JsonBody.Request(HttpMethod.Post, Address(settings, "segment/audience/"), json =>
    {
        json.WriteStartObject();
        json.WriteString("custom_audience_name", audience.Name);
        json.WriteString("advertiser_id", AdvertiserId.In(settings));
        json.WriteString("action", "create");
        json.WriteEndObject();
    });

    private static StepResult ReadCreate(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        TikTokErrors.Read(response) is { } failure ? failure
        : response.Json!.Value.TextAt("data", "audience_id") is { } id ? new StepResult.Found(id)
        : new DeliveryOutcome.Failed("unexpected_answer", "TikTok gave no id for the new audience.");

    private static string Address(ConnectorSettings settings, string path) => $"https://business-api.tiktok.com/open_api/{ApiVersion.In(settings)}/{path}";
}
