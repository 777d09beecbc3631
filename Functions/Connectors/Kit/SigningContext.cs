namespace AudienceSync.Connectors.Kit;

/// <summary>A request about to be sent: its bytes are final, its credentials are still to be added.</summary>
/// <param name="Body">Exactly the bytes that will be sent; empty when there is no body.</param>
/// <param name="Now">The time of this attempt.</param>
/// <param name="Token">The access token of <see cref="ConnectorDefinition.Token"/>; null when the connection uses none.</param>
public sealed record SigningContext(HttpRequestMessage Request, ReadOnlyMemory<byte> Body, ConnectorSettings Settings, DateTimeOffset Now, string? Token);

/// <summary>Where an access token comes from (OAuth 2 client credentials and the like).</summary>
public sealed record TokenSource
{
    /// <summary>The request for a token; null when these settings use none.</summary>
    public required Func<ConnectorSettings, HttpRequestMessage?> BuildRequest { get; init; }

    /// <summary>The token in a successful answer; null when it holds none.</summary>
    public required Func<ConnectorResponse, AccessToken?> ReadResponse { get; init; }

    /// <summary>Signs the request, or completes it with what holds its time (an assertion); null for a request that is complete as built.</summary>
    public Action<SigningContext>? Authorize { get; init; }
}

/// <param name="Lifetime">From now; it is renewed a little earlier.</param>
public sealed record AccessToken(string Value, TimeSpan Lifetime);
