namespace AudienceSync.Http;

/// <summary>One request under an <c>Idempotency-Key</c>.</summary>
public sealed record IdempotencyRecord
{
    /// <summary>Keyed hash of caller, path and key, in hexadecimal.</summary>
    public required string Id { get; init; }

    /// <summary>Keyed hash of query and body, in hexadecimal.</summary>
    public required string RequestHash { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>From when on it may be deleted.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The sealed answer, at most <see cref="Idempotency.MaxAnswerBytes"/>; null while the request runs.</summary>
    public ReadOnlyMemory<byte>? Answer { get; init; }

    /// <summary>Whom the answer is about (<see cref="AnswerSubjects"/>); null for nobody.</summary>
    public string? People { get; init; }

    /// <summary>The store's version; empty before it is stored.</summary>
    public string ETag { get; init; } = "";
}
