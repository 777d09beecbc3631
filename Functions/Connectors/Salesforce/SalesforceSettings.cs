using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Connectors.Salesforce;

/// <summary>Settings of a Salesforce connection, and the token they give.</summary>
internal static class SalesforceSettings
{
    public static readonly SettingField LoginHost = SettingField.Text(
        "loginHost", "Login host", "My Domain, such as acme.my.salesforce.com; login.salesforce.com, or test.salesforce.com for a sandbox, will do with a refresh token.",
        required: true, pattern: @"(?:[a-z0-9-]+\.)+(?:salesforce|force)\.com");

    public static readonly SettingField Grant = SettingField.Choice(
        "grant", "Authentication", "client_credentials: the connected app runs as the user set on it, at My Domain. refresh_token: as the user who allowed the app.",
        ["client_credentials", "refresh_token"], "client_credentials");

    public static readonly SettingField ClientId = SettingField.Text("clientId", "Consumer key", "Of the connected app.", required: true, pattern: "[!-~]+");

    public static readonly SettingField ClientSecret = SettingField.Secret("clientSecret", "Consumer secret", "Of the connected app.", required: true, pattern: "[!-~]+");

    public static readonly SettingField RefreshToken = SettingField.Secret("refreshToken", "Refresh token", "With authentication by refresh token.", pattern: "[!-~]+");

    public static readonly SettingField PersonObject = SettingField.Choice("object", "People are", "Which records are members of campaigns.", ["Contact", "Lead"], "Contact");

    public static readonly SettingField ExternalIdField = SettingField.Text(
        "externalIdField", "External ID field", "API name of the unique external ID field that ExternalId is written to and people are matched by, such as CDP_Id__c. Without one they are matched by email.",
        pattern: "[A-Za-z][A-Za-z0-9_]*");

    public static readonly SettingField CreatePeople = SettingField.Flag("createPeople", "Create people", "Members who are not in Salesforce are created.", @default: true);

    public static readonly SettingField MemberStatus = SettingField.Text("memberStatus", "Member status", "Status of those who are added; one that the campaign has.", @default: "Sent");

    public static readonly SettingField DailyCalls = SettingField.Number("dailyCalls", "Calls per day", "At most, of the org's daily limit, which all apps share.", 100, 10_000_000, 50_000);

    public static readonly SettingField ApiVersion = SettingField.Text("apiVersion", "API version", "Of the path.", pattern: @"v\d+\.0", @default: "v64.0", hidden: true);

    public static ImmutableArray<SettingField> All { get; } =
        [LoginHost, Grant, ClientId, ClientSecret, RefreshToken, PersonObject, ExternalIdField, CreatePeople, MemberStatus, DailyCalls, ApiVersion];

    public static TokenSource Token { get; } = new()
    {
        BuildRequest = static settings =>
        {
            var endpoint = new Uri($"https://{LoginHost.In(settings)}/services/oauth2/token");
            return Grant.In(settings) is "refresh_token"
                ? OAuthTokens.Refresh(endpoint, RefreshToken.In(settings), ClientId.In(settings), ClientSecret.In(settings))
                : OAuthTokens.ClientCredentials(endpoint, ClientId.In(settings), ClientSecret.In(settings));
        },
        ReadResponse = static response => OAuthTokens.Read(response) is { } token ? token with { Host = InstanceIn(response) } : null,
        RefreshToken = RefreshToken,
    };

    public static string Address(ConnectorSettings settings, string path) => $"https://{LoginHost.In(settings)}/services/data/{ApiVersion.In(settings)}/{path}";

    public static ImmutableArray<Fault> Check(ConnectorSettings settings) => Grant.In(settings) switch
    {
        "refresh_token" when !RefreshToken.IsSetIn(settings) =>
            [new(SettingRules.PointerTo(RefreshToken), "required", $"{RefreshToken.Label} is required when authentication is 'refresh_token'.")],
        "client_credentials" when LoginHost.In(settings) is "login.salesforce.com" or "test.salesforce.com" =>
            [new(SettingRules.PointerTo(LoginHost), "my_domain_required", "Client credentials are taken at My Domain only, such as acme.my.salesforce.com.")],
        _ => [],
    };

    /// <summary>Where the org's calls go. Another host than Salesforce's is not believed: it would get the token.</summary>
    private static Uri? InstanceIn(ConnectorResponse response) =>
        Uri.TryCreate(response.Json?.TextAt("instance_url"), UriKind.Absolute, out var address)
        && address is { Scheme: "https", UserInfo.Length: 0 }
        && (address.Host.EndsWith(".salesforce.com", StringComparison.Ordinal) || address.Host.EndsWith(".force.com", StringComparison.Ordinal))
            ? address
            : null;
}
