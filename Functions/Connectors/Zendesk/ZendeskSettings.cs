using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Connectors.Zendesk;

/// <summary>Settings of a Zendesk connection, and how its calls are signed.</summary>
internal static class ZendeskSettings
{
    public static readonly SettingField Subdomain = SettingField.Text(
        "subdomain", "Subdomain", "What stands before .zendesk.com in the account's address.", required: true, pattern: "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?");

    public static readonly SettingField Auth = SettingField.Choice(
        "auth", "Authentication", "token: an agent's email and an API token. oauth: the refresh token of an OAuth client with the scopes read and write.", ["token", "oauth"], "token");

    public static readonly SettingField AgentEmail = SettingField.Text("agentEmail", "Agent's email", "With an API token: the agent or admin that calls are made as.", pattern: @"[^\s@:]+@[^\s@:]+");

    public static readonly SettingField ApiToken = SettingField.Secret("apiToken", "API token", "From Admin Center, Apps and integrations, Zendesk API.", pattern: "[!-~]+");

    public static readonly SettingField ClientId = SettingField.Text("clientId", "Client ID", "With OAuth: the client's unique identifier.", pattern: "[!-~]+");

    public static readonly SettingField ClientSecret = SettingField.Secret("clientSecret", "Client secret", "With OAuth.", pattern: "[!-~]+");

    public static readonly SettingField RefreshToken = SettingField.Secret("refreshToken", "Refresh token", "With OAuth. Each renewal brings the next one, which is kept.", pattern: "[!-~]+");

    public static readonly SettingField Membership = SettingField.Choice(
        "membership", "Members have", "tag: a tag on the user. field: a checkbox user field, made if it does not exist.", ["tag", "field"], "tag");

    public static readonly SettingField Prefix = SettingField.Text(
        "prefix", "Prefix", "Of the tag or field that is named after a destination, so that nobody takes it for another.", pattern: "[a-z0-9_]*", @default: "cdp_");

    public static readonly SettingField Verified = SettingField.Flag("verified", "Create as verified", "New users count as verified.");

    public static readonly SettingField SkipVerifyEmail = SettingField.Flag("skipVerifyEmail", "No verification mail", "New users get no mail that asks them to verify their address.", @default: true);

    public static readonly SettingField CallsPerMinute = SettingField.Number(
        "callsPerMinute", "Calls per minute", "At most; plans allow 200 to 2500 for the account and all its agents.", 10, 2_500, 100);

    public static ImmutableArray<SettingField> All { get; } =
        [Subdomain, Auth, AgentEmail, ApiToken, ClientId, ClientSecret, RefreshToken, Membership, Prefix, Verified, SkipVerifyEmail, CallsPerMinute];

    public static TokenSource Token { get; } = new()
    {
        BuildRequest = static settings => Auth.In(settings) is not "oauth" ? null
            : JsonBody.Request(HttpMethod.Post, $"https://{Subdomain.In(settings)}.zendesk.com/oauth/tokens", json =>
            {
                json.WriteStartObject();
                json.WriteString("grant_type", "refresh_token");
                json.WriteString("refresh_token", RefreshToken.In(settings));
                json.WriteString("client_id", ClientId.In(settings));
                json.WriteString("client_secret", ClientSecret.In(settings));
                json.WriteEndObject();
            }),
        ReadResponse = OAuthTokens.Read,
        RefreshToken = RefreshToken,
    };

    public static bool UsesTags(ConnectorSettings settings) => Membership.In(settings) is "tag";

    /// <summary>The tag, or the field's key: as the user gave it, else after the destination.</summary>
    public static string MarkOf(AudienceRef audience, ConnectorSettings settings) =>
        audience.ExternalId ?? string.Concat($"{Prefix.In(settings)}{audience.Key}".ToLowerInvariant().Select(static letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));

    public static string Address(ConnectorSettings settings, string path) => $"https://{Subdomain.In(settings)}.zendesk.com/api/v2/{path}";

    public static void Authorize(SigningContext context)
    {
        var settings = context.Settings;
        context.Request.Headers.Authorization = context.Token is { } token
            ? new AuthenticationHeaderValue("Bearer", token)
            : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{AgentEmail.In(settings)}/token:{ApiToken.In(settings)}")));
    }

    public static ImmutableArray<Fault> Check(ConnectorSettings settings)
    {
        SettingField[] needed = Auth.In(settings) is "oauth" ? [ClientId, ClientSecret, RefreshToken] : [AgentEmail, ApiToken];
        return [.. needed.Where(field => !field.IsSetIn(settings)).Select(field =>
            new Fault(SettingRules.PointerTo(field), "required", $"{field.Label} is required when authentication is '{Auth.In(settings)}'."))];
    }
}
