using System.Text.Json.Serialization;

namespace AudienceSync.Connectors.Kit;

/// <summary>Access tokens of OAuth 2 (RFC 6749).</summary>
internal static partial class OAuthTokens
{
    /// <summary>When an answer names no lifetime, an hour is assumed. Ours.</summary>
    private const int AssumedSeconds = 3600;

    /// <summary>The client-credentials grant (4.4), credentials in the form; an empty scope is left out.</summary>
    public static HttpRequestMessage ClientCredentials(Uri endpoint, string clientId, string clientSecret, string scope = "") => new(HttpMethod.Post, endpoint)
    {
        Content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = clientId,
            ["client_secret"] = clientSecret,
            ["scope"] = scope,
        }.Where(field => field.Value.Length > 0)),
    };

    /// <summary>The refresh grant (6), credentials in the form; those that are empty are left out.</summary>
    public static HttpRequestMessage Refresh(Uri endpoint, string refreshToken, string clientId = "", string clientSecret = "") => new(HttpMethod.Post, endpoint)
    {
        Content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token",
            ["refresh_token"] = refreshToken,
            ["client_id"] = clientId,
            ["client_secret"] = clientSecret,
        }.Where(field => field.Value.Length > 0)),
    };

    /// <summary>Token, lifetime and, where there is one, the next refresh token of an answer.</summary>
    public static AccessToken? Read(ConnectorResponse response) =>
        response.TryRead(OAuthJson.Default.Grant) is { AccessToken.Length: > 0 } grant
            ? new(grant.AccessToken, TimeSpan.FromSeconds(grant.ExpiresIn is > 0 and var seconds ? seconds : AssumedSeconds))
            {
                RefreshToken = grant.RefreshToken is { Length: > 0 } next ? next : null,
            }
            : null;

    internal sealed record Grant(string? AccessToken, long? ExpiresIn, string? RefreshToken);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowReadingFromString)]
    [JsonSerializable(typeof(Grant))]
    private sealed partial class OAuthJson : JsonSerializerContext;
}
