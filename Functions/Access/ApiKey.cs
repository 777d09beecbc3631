namespace AudienceSync.Access;

/// <summary>An API key as kept: enough to know it again, not enough to use it.</summary>
public sealed record ApiKey
{
    /// <summary><c>key_</c> and a ULID.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required Role Role { get; init; }

    /// <summary>The first characters of the value, by which people tell keys apart.</summary>
    public required string Prefix { get; init; }

    /// <summary>SHA-256 of the value, in hexadecimal. The value is 256 random bits, so that no slow hash is needed.</summary>
    public required string Hash { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when on it is refused; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Exact to <see cref="ApiKeyService.UseNotedEvery"/>.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Hash of the value before the last rotation, good until <see cref="PreviousExpiresAt"/>.</summary>
    public string? PreviousHash { get; init; }

    public DateTimeOffset? PreviousExpiresAt { get; init; }

    /// <summary>The store's version of this record; empty before it is stored.</summary>
    public string ETag { get; init; } = "";

    /// <summary>Whether the value of that hash opens this key at <paramref name="now"/>.</summary>
    public bool IsOpenedBy(string hash, DateTimeOffset now) =>
        !(ExpiresAt <= now) && (Hash == hash || (PreviousHash == hash && now < PreviousExpiresAt));
}

/// <summary>A key with its value: what its maker sees, once.</summary>
public sealed record IssuedApiKey(ApiKey Key, string Value);
