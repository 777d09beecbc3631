using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Meta;

/// <summary>Meta custom audiences: adds people to, and removes them from, one customer-file audience.</summary>
/// <remarks>
/// Wire facts (Graph API v25.0, pages of 2026-04 read 2026-08): .../marketing-api/audiences/guides/custom-audiences, .../reference/custom-audience/users
/// (10,000 rows a call, removal by DELETE with a body), .../facebook-login/security (app secret proof with its time).
/// </remarks>
internal static partial class MetaCustomAudiences
{
    private static readonly SettingField AdAccount = SettingField.Text(
        "adAccountId", "Ad account ID", "The digits in the address of Ads Manager, with or without act_.", required: true, pattern: "(?:act_)?[0-9]+");

    private static readonly SettingField AccessToken = SettingField.Secret(
        "accessToken", "Access token", "Of a system user with ads_management on the ad account; such a token does not end.", required: true);

    private static readonly SettingField AppSecret = SettingField.Secret(
        "appSecret", "App secret", "Only where the app asks for a proof of it with each call.");

    private static readonly SettingField Source = SettingField.Choice(
        "customerFileSource", "Origin of the data", "What Meta is told when it creates an audience: who collected the people's data.",
        ["USER_PROVIDED_ONLY", "PARTNER_PROVIDED_ONLY", "BOTH_USER_AND_PARTNER_PROVIDED"], "USER_PROVIDED_ONLY");

    private static readonly SettingField DefaultCountry = SettingField.Text(
        "defaultCountry", "Default country", "Two letters, sent for members without a country: Meta matches better with one.", pattern: "[A-Za-z]{2}");

    private static readonly SettingField ValueBased = SettingField.Flag(
        "valueBased", "Value-based audiences", "New audiences take a customer value for each member: map a number to LOOKALIKE_VALUE.");

    private static readonly SettingField ApiVersion = SettingField.Text(
        "apiVersion", "API version", "Of the Graph API. Meta ends a version about two years after it came.", pattern: @"v[0-9]{1,3}\.[0-9]", @default: "v25.0");

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "meta-custom-audiences",
        DisplayName = "Meta custom audiences",
        DocsUrl = new("https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences"),
        Summary = "Adds members to, and removes them from, a custom audience on Facebook and Instagram, matched by hashed identifiers.",
        RowAnswers = "Meta answers with a count of invalid entries and a sample: rows it shows are rejected, a few others are found by sending halves again.",
        Notes =
        [
            "The business must have accepted Meta's Custom Audience terms.",
            "Identifiers are normalised and hashed with SHA-256 here; values that are such digests already are passed on.",
            "A member who leaves is taken out of this audience and nothing else.",
            "Members show in the audience within about a day, and an audience of fewer than about 100 people cannot be used.",
        ],
        Sources =
        [
            new("Customer File Custom Audiences, v25.0", "https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences", "2026-08"),
            new("Custom Audience Users", "https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users", "2026-08"),
            new("Error reference", "https://developers.facebook.com/docs/marketing-api/error-reference", "2026-08"),
            new("Rate limiting", "https://developers.facebook.com/docs/marketing-api/overview/rate-limiting", "2026-08"),
        ],
        Settings = [AdAccount, AccessToken, AppSecret, Source, DefaultCountry, ValueBased, ApiVersion],
        Fields = new()
        {
            Identifiers = MetaColumns.All,
            Need = IdentifierNeed.AtLeastOneOf,
            Typed = [new(MetaColumns.LookalikeValue, FieldType.Number)],
            OnlyKnown = true,
        },
        DefaultMapping = [new("id", "EXTERN_ID", IsIdentifier: true), new("email", "EMAIL", IsIdentifier: true), new("phone", "PHONE", IsIdentifier: true)],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 10_000,
            ConcurrentCalls = 1, // ours: calls are scored by account
            CallTimeout = TimeSpan.FromMinutes(2), // ours: a body may have ten megabytes
            UnmentionedRow = RowFate.Accepted,
        },
        CheckRow = MetaUsers.Check,
        Steps = [new() { Name = "users", BuildRequest = Users, ReadResponse = ReadUsers }],
        Check = new() { Name = "ad accounts", BuildRequest = AdAccounts, ReadResponse = ReadAdAccounts },
        FindAudience = [new() { Name = "find audience", BuildRequest = Find, ReadResponse = ReadFind }],
        CreateAudience = [new() { Name = "create audience", BuildRequest = Create, ReadResponse = ReadCreate }],
        Authorize = Authorize,
    };

    private static HttpRequestMessage Users(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        new(batch.Rows[0].Operation is DeliveryOperation.Remove ? HttpMethod.Delete : HttpMethod.Post, Address(settings, $"{batch.Audience.ExternalId}/users"))
        {
            Content = MetaUsers.Body(batch, DefaultCountry.In(settings)),
        };

    private static StepResult ReadUsers(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (MetaErrors.Read(response) is { } failure)
        {
            return failure;
        }

        var json = response.Json!.Value;
        var invalid = json.NumberAt("num_invalid_entries") ?? 0;
        var named = invalid > 0 && json.At("invalid_entry_samples") is { } samples ? MetaUsers.NamedBy(samples, batch) : [];
        return RowAnswers.Counted(batch, invalid, named, "invalid_entry", "Meta takes none of the member's identifiers.");
    }

    private static HttpRequestMessage AdAccounts(ConnectionProbe probe, ConnectorSettings settings, Notes notes) =>
        new(HttpMethod.Get, Address(settings, $"me/adaccounts?fields=id,name&limit=200{After(notes)}"));

    private static StepResult ReadAdAccounts(ConnectorResponse response, ConnectionProbe probe, ConnectorSettings settings, Notes notes) =>
        MetaErrors.Read(response) is { } failure ? failure
        : response.Json!.Value.ItemsAt("data").Any(account => account.TextAt("id") == AccountOf(settings)) ? StepResult.Next
        : Next(response) ?? new DeliveryOutcome.Misconfigured("ad_account_not_visible", $"The token is good, but it does not reach the ad account {AccountOf(settings)}.");

    private static HttpRequestMessage Find(AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        new(HttpMethod.Get, Address(settings, $"{AccountOf(settings)}/customaudiences?fields=id,name&limit=200{After(notes)}"));

    /// <summary>Names are not unique; the first of that name is taken.</summary>
    private static StepResult ReadFind(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        MetaErrors.Read(response) is { } failure ? failure
        : response.Json!.Value.ItemsAt("data").FirstOrDefault(item => item.TextAt("name") == audience.Name).TextAt("id") is { } id ? new StepResult.Found(id)
        : Next(response) ?? StepResult.Next;

    private static HttpRequestMessage Create(AudienceRef audience, ConnectorSettings settings, Notes notes) => JsonBody.Request(
        HttpMethod.Post,
        Address(settings, $"{AccountOf(settings)}/customaudiences"),
        json =>
        {
            json.WriteStartObject();
            json.WriteString("name", audience.Name);
            json.WriteString("subtype", "CUSTOM");
            json.WriteString("customer_file_source", Source.In(settings));
            if (ValueBased.FlagIn(settings))
            {
                json.WriteBoolean("is_value_based", true);
            }

            json.WriteEndObject();
        });

    private static StepResult ReadCreate(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        MetaErrors.Read(response) is { } failure ? failure
        : response.Json!.Value.TextAt("id") is { } id ? new StepResult.Found(id)
        : new DeliveryOutcome.Failed("unexpected_answer", "Meta gave no id for the new audience.");

    private static void Authorize(SigningContext context)
    {
        var token = AccessToken.In(context.Settings);
        context.Request.Headers.Authorization = new("Bearer", token);
        if (AppSecret.IsSetIn(context.Settings))
        {
            var time = context.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            var proof = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(AppSecret.In(context.Settings)), Encoding.UTF8.GetBytes($"{token}|{time}")));
            var address = context.Request.RequestUri!.AbsoluteUri;
            context.Request.RequestUri = new($"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}appsecret_proof={proof}&appsecret_time={time}");
        }
    }

    private static string Address(ConnectorSettings settings, string path) => $"https://graph.facebook.com/{ApiVersion.In(settings)}/{path}";

    private static string AccountOf(ConnectorSettings settings) =>
        AdAccount.In(settings) is var id && id.StartsWith("act_", StringComparison.Ordinal) ? id : $"act_{id}";

    private static string After(Notes notes) => notes.Cursor is { } cursor ? $"&after={Uri.EscapeDataString(cursor)}" : "";

    /// <summary>The next page by its cursor: the link itself repeats the access token.</summary>
    private static StepResult? Next(ConnectorResponse response) =>
        response.Json is not { } json || json.TextAt("paging", "next") is not { } next ? null
        : json.TextAt("paging", "cursors", "after") is { } after ? new StepResult.Page(after)
        : AfterParameter().Match(next) is { Success: true } match ? new StepResult.Page(Uri.UnescapeDataString(match.Groups[1].Value))
        : null;

    [GeneratedRegex("[?&]after=([^&]+)")]
    private static partial Regex AfterParameter();
}
