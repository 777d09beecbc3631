namespace AudienceSync.Connectors.Kit;

/// <summary>A request about to be sent: its bytes are final, its credentials are still to be added.</summary>
/// <param name="Body">Exactly the bytes that will be sent; empty when there is no body.</param>
/// <param name="Now">The time of this attempt.</param>
/// <param name="Token">The access token of <see cref="ConnectorDefinition.Token"/>; null when the connection uses none.</param>
public sealed record SigningContext(HttpRequestMessage Request, ReadOnlyMemory<byte> Body, ConnectorSettings Settings, DateTimeOffset Now, string? Token);

/// <summary>Where an access token comes from (OAuth 2: client credentials, refresh tokens).</summary>
/// <remarks>Fetched once for all that use the connection, in every instance of the app, and again when the platform refuses it.</remarks>
public sealed record TokenSource
{
    /// <summary>The request for a token; null when these settings use none. Of a refresh token that rotates, the settings hold the newest.</summary>
    public required Func<ConnectorSettings, HttpRequestMessage?> BuildRequest { get; init; }

    /// <summary>The token in a successful answer; null when it holds none.</summary>
    public required Func<ConnectorResponse, AccessToken?> ReadResponse { get; init; }

    /// <summary>Whether an answer refuses the token, where a platform says so by something else than 401: a new one is fetched, once.</summary>
    public Func<ConnectorResponse, bool> Refuses { get; init; } = static response => response.Status == 401;

    /// <summary>Signs the request, or completes it with what holds its time (an assertion); null for a request that is complete as built.</summary>
    public Action<SigningContext>? Authorize { get; init; }

    /// <summary>The secret that is the refresh token; null for none. Where an answer brings a new one (<see cref="AccessToken.RefreshToken"/>), it is kept before the access token is used.</summary>
    public SettingField? RefreshToken { get; init; }
}

/// <param name="Lifetime">From now; it is renewed a little earlier.</param>
public sealed record AccessToken(string Value, TimeSpan Lifetime)
{
    /// <summary>The refresh token that takes the place of the one used; null when that one stays.</summary>
    public string? RefreshToken { get; init; }

    /// <summary>Where calls with this token go, when the answer says so: scheme, host and port of requests are replaced by it. Null for where they were built for.</summary>
    /// <remarks>Whoever reads it must see that it is the platform's: the token goes there.</remarks>
    public Uri? Host { get; init; }
}

/// <summary>Requests to other hosts than the platform's, such as signed links to a report: they must not carry the connection's credentials.</summary>
internal static class UnsignedRequests
{
    private static readonly HttpRequestOptionsKey<bool> Key = new("unsigned");

    extension(HttpRequestMessage request)
    {
        /// <summary>The same request, which <see cref="ConnectorDefinition.Authorize"/> is not called for.</summary>
        public HttpRequestMessage WithoutCredentials()
        {
            request.Options.Set(Key, true);
            return request;
        }

        internal bool IsWithoutCredentials => request.Options.TryGetValue(Key, out var unsigned) && unsigned;
    }
}
