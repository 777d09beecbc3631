namespace AudienceSync.Access;

/// <summary>Who calls: set by the access middleware on <c>HttpContext.Features</c>.</summary>
/// <param name="Name">Key id or Entra object id; for the audit trail.</param>
public sealed record Caller(string Name, Role Role)
{
    /// <summary>Whether the caller's role includes <paramref name="role"/>.</summary>
    public bool Is(Role role) => Role == role || (Role is not Role.Ingest && role is not Role.Ingest && Role > role);

    /// <summary>Whether the caller sees identifiers of people unmasked.</summary>
    public bool SeesIdentifiers => Is(Role.Editor);
}
