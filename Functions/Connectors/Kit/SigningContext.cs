namespace AudienceSync.Connectors.Kit;

/// <summary>A request about to be sent: its bytes are final, its credentials are still to be added.</summary>
/// <param name="Body">Exactly the bytes that will be sent; empty when there is no body.</param>
/// <param name="Now">The time of this attempt.</param>
/// <param name="Token">The access token of <see cref="ConnectorDefinition.Token"/>; null when the connection uses none.</param>
public sealed record SigningContext(HttpRequestMessage Request, ReadOnlyMemory<byte> Body, ConnectorSettings Settings, DateTimeOffset Now, string? Token);

/// <summary>Where an access token comes from (OAuth 2: client credentials, refresh tokens).</summary>
/// <remarks>Fetched once for all that use the connection, in every instance of the app, and again when the platform refuses it (401).</remarks>
public sealed record TokenSource
{
    /// <summary>The request for a token; null when these settings use none. Of a refresh token that rotates, the settings hold the newest.</summary>
    public required Func<ConnectorSettings, HttpRequestMessage?> BuildRequest { get; init; }

    /// <summary>The token in a successful answer; null when it holds none.</summary>
    public required Func<ConnectorResponse, AccessToken?> ReadResponse { get; init; }

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
