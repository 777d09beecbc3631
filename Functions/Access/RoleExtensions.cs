namespace AudienceSync.Access;

public static class RoleExtensions
{
    extension(Role role)
    {
        /// <summary>The word of the API and of Entra app roles: <c>viewer</c>, <c>operator</c> …</summary>
        public string Word => role switch
        {
            Role.Viewer => "viewer",
            Role.Operator => "operator",
            Role.Editor => "editor",
            Role.Admin => "admin",
            Role.Ingest => "ingest",
            _ => throw new ArgumentOutOfRangeException(nameof(role), role, "Not a role."),
        };

        /// <summary>Whether whoever has this role may do what <paramref name="other"/> may.</summary>
        public bool Includes(Role other) =>
            role == other || role is Role.Admin || (role is not Role.Ingest && other is not Role.Ingest && role > other);
    }
}
