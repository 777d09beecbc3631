using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Connectors.Shopify;

/// <summary>Shopify: members of an audience are customers with a tag; a saved segment over that tag shows them in the admin.</summary>
/// <remarks>
/// Wire facts: shopify.dev, Admin GraphQL API 2026-07 (read 2026-08): customerByIdentifier, tagsAdd, tagsRemove, segmentCreate, rate limits, client credentials. Answers are 200 on three levels:
/// <c>errors</c>, <c>userErrors</c> of each field, data. Recorded at a live store (airhorns/shopify-draft-proxy, read 2026-08): a tag that is not there is removed without an error, a comma splits a
/// tag, a second segment of the same name is called <c>… (2)</c>. <c>customerUpdate</c> with tags would replace all tags of a person and is never sent.
/// </remarks>
internal static class ShopifyConnector
{
    /// <summary>Fields in one document: 10 points each of at most 1,000; 25 were recorded working.</summary>
    private const int FieldsPerCall = 25;

    private static readonly SettingField Shop = SettingField.Text(
        "shop", "Shop", "The shop's own address, such as acme.myshopify.com.", required: true, pattern: @"[a-z0-9][a-z0-9-]*\.myshopify\.com");

    private static readonly SettingField AccessToken = SettingField.Secret(
        "accessToken", "Access token", "Of an admin-made custom app. Or give the client ID and secret of an app of your own organisation.", pattern: "[!-~]+");

    private static readonly SettingField ClientId = SettingField.Text("clientId", "Client ID", "Of an app from the Dev Dashboard, in the shop's organisation and installed there.", pattern: "[!-~]+");

    private static readonly SettingField ClientSecret = SettingField.Secret("clientSecret", "Client secret", "Of that app.", pattern: "[!-~]+");

    private static readonly SettingField MakeSegment = SettingField.Flag(
        "makeSegment", "Make a segment", "A saved segment with the audience's name over the tag, so that it can be chosen in campaigns.", @default: true);

    private static readonly SettingField CreateCustomers = SettingField.Flag("createCustomers", "Create customers", "Members whom the shop does not know become customers, without consent to marketing.");

    private static readonly SettingField ApiVersion = SettingField.Text("apiVersion", "API version", "A quarter; each lives for a year.", pattern: "20[0-9]{2}-(?:01|04|07|10)", @default: "2026-07", hidden: true);

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "shopify",
        DisplayName = "Shopify",
        DocsUrl = new("https://shopify.dev/docs/api/admin-graphql/latest/mutations/tagsAdd"),
        Summary = "Tags customers who are in the audience and takes the tag off those who leave; keeps a saved segment over the tag.",
        RowAnswers = "Several customers go in one call, each under a name of its own, by which its errors are told.",
        Notes =
        [
            "An exit takes this one tag away. No customer is deleted and no other tag is touched.",
            "The app needs the scopes read_customers and write_customers, and approval for customers' emails and phones.",
            "Shopify computes the segment some time after the tags.",
            "Members whom the shop does not know are rejected, unless customers are to be created.",
        ],
        Sources =
        [
            new("Shopify Admin GraphQL 2026-07: tagsAdd", "https://shopify.dev/docs/api/admin-graphql/latest/mutations/tagsAdd", "2026-08"),
            new("Shopify Admin GraphQL 2026-07: customerByIdentifier", "https://shopify.dev/docs/api/admin-graphql/latest/queries/customerByIdentifier", "2026-08"),
            new("Shopify Admin GraphQL 2026-07: segmentCreate", "https://shopify.dev/docs/api/admin-graphql/latest/mutations/segmentCreate", "2026-08"),
            new("Shopify API limits", "https://shopify.dev/docs/api/usage/limits", "2026-08"),
            new("Shopify: client credentials grant", "https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant", "2026-08"),
        ],
        Settings = [Shop, AccessToken, ClientId, ClientSecret, MakeSegment, CreateCustomers, ApiVersion],
        CheckSettings = CheckSettings,
        Fields = new() { Identifiers = [ShopifyCustomers.Id, ShopifyCustomers.Email, ShopifyCustomers.Phone], Need = IdentifierNeed.AtLeastOneOf, OnlyKnown = true },
        DefaultMapping = [new("email", "email", IsIdentifier: true)],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Remove],
            RowsPerBatch = 2 * FieldsPerCall, // ours
            ConcurrentCalls = 1, // ours: calls share one bucket of points
            MaxResponseBytes = 256 * 1024,
            MixesOperations = true,
        },
        CheckRow = static (row, _, _) => ShopifyCustomers.CheckRow(row),
        Steps =
        [
            new()
            {
                Name = "find customers",
                Parts = Parts.Chunks(FieldsPerCall, static row => row.RemoteId is null),
                BuildRequest = static (batch, settings, _) => Call(settings, json => ShopifyCustomers.WriteFind(json, batch)),
                ReadResponse = static (response, batch, settings, _) => ShopifyCustomers.ReadFind(response, batch, CreateCustomers.FlagIn(settings)),
            },
            new()
            {
                Name = "create customers",
                Parts = Parts.Chunks(FieldsPerCall, static row => row.RemoteId is null),
                BuildRequest = static (batch, settings, _) => Call(settings, json => ShopifyCustomers.WriteCreate(json, batch)),
                ReadResponse = static (response, batch, _, _) => ShopifyCustomers.ReadCreate(response, batch),
            },
            new()
            {
                Name = "tag customers",
                Parts = Parts.Chunks(FieldsPerCall, static row => row.RemoteId is not null),
                BuildRequest = static (batch, settings, _) => Call(settings, json => ShopifyCustomers.WriteTags(json, batch, ShopifySegments.TagOf(batch.Audience))),
                ReadResponse = static (response, batch, _, _) => ShopifyCustomers.ReadTags(response, batch),
            },
        ],
        FindAudience =
        [
            new()
            {
                Name = "segments",
                BuildRequest = static (audience, settings, notes) => Call(settings, json => ShopifySegments.WriteFind(json, notes.Cursor)),
                ReadResponse = static (response, audience, settings, _) => ShopifySegments.ReadFind(response, audience, MakeSegment.FlagIn(settings)),
            },
        ],
        CreateAudience =
        [
            new()
            {
                Name = "create segment",
                BuildRequest = static (audience, settings, _) => Call(settings, json => ShopifySegments.WriteCreate(json, audience)),
                ReadResponse = static (response, audience, _, _) => ShopifySegments.ReadCreate(response, audience),
            },
        ],
        Check = new()
        {
            Name = "scopes",
            BuildRequest = static (_, settings, _) => Call(settings, static json => json.WriteString("query", "{ shop { name myshopifyDomain } currentAppInstallation { accessScopes { handle } } }")),
            ReadResponse = static (response, _, _, _) => ShopifyAnswers.ReadScopes(response),
        },
        Token = new()
        {
            BuildRequest = static settings => AccessToken.IsSetIn(settings) ? null
                : OAuthTokens.ClientCredentials(new($"https://{Shop.In(settings)}/admin/oauth/access_token"), ClientId.In(settings), ClientSecret.In(settings)),
            ReadResponse = OAuthTokens.Read,
        },
        Authorize = static context => context.Request.Headers.TryAddWithoutValidation("X-Shopify-Access-Token", context.Token ?? AccessToken.In(context.Settings)),
    };

    private static HttpRequestMessage Call(ConnectorSettings settings, Action<Utf8JsonWriter> write) =>
        JsonBody.Request(HttpMethod.Post, $"https://{Shop.In(settings)}/admin/api/{ApiVersion.In(settings)}/graphql.json", json =>
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        });

    private static ImmutableArray<Fault> CheckSettings(ConnectorSettings settings) => (AccessToken.IsSetIn(settings), ClientId.IsSetIn(settings), ClientSecret.IsSetIn(settings)) switch
    {
        (true, false, false) or (false, true, true) => [],
        (false, false, false) => [new("/secrets", "required", "Give an access token, or the client ID and secret of an app.")],
        (true, _, _) => [new("/secrets", "ambiguous", "Give an access token, or the client ID and secret of an app, not both.")],
        (_, _, false) => [new(SettingRules.PointerTo(ClientSecret), "required", $"{ClientSecret.Label} is required beside the client ID.")],
        _ => [new(SettingRules.PointerTo(ClientId), "required", $"{ClientId.Label} is required beside the client secret.")],
    };
}
