namespace AudienceSync.Connectors.Kit;

/// <summary>Keeps access tokens for every instance of the app. What is kept opens nowhere else.</summary>
public interface ITokenStore
{
    /// <summary>Null when nothing is kept under that key.</summary>
    Task<StoredToken?> ReadAsync(string key, CancellationToken cancellationToken);

    /// <summary>Replaces the token if its ETag still holds (empty: if there is none yet); null when somebody else was faster.</summary>
    Task<StoredToken?> TryWriteAsync(StoredToken token, CancellationToken cancellationToken);

    /// <summary>Forgets what is kept under that key. Repeatable.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken);
}

/// <summary>An access token as it is kept.</summary>
/// <param name="Key">Says nothing about the credentials it was fetched with.</param>
public sealed record StoredToken(string Key)
{
    /// <summary>Null while there is none yet.</summary>
    public AccessToken? Token { get; init; }

    /// <summary>When <see cref="Token"/> is renewed.</summary>
    public DateTimeOffset UseUntil { get; init; }

    /// <summary>The newest refresh token; null while the connection's own is.</summary>
    public string? RefreshToken { get; init; }

    /// <summary>Somebody renews it: nobody else does before this.</summary>
    public DateTimeOffset RenewingUntil { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public string ETag { get; init; } = "";
}
