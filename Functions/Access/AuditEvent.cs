namespace AudienceSync.Access;

/// <summary>One call that could change something. Without bodies: who, what, when, and how it ended.</summary>
public sealed record AuditEvent
{
    /// <summary><c>aud_</c> and a ULID; sorts by time.</summary>
    public required string Id { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary><see cref="Caller.Name"/></summary>
    public required string Caller { get; init; }

    public required Role Role { get; init; }

    public required string Method { get; init; }

    /// <summary>The path; for profiles its template, since a profile's id may name a person.</summary>
    public required string Path { get; init; }

    public required int Status { get; init; }

    public required string RequestId { get; init; }
}
