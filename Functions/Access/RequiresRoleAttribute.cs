namespace AudienceSync.Access;

/// <summary>The roles that may call an HTTP function; every HTTP function names at least one, or says <see cref="AnonymousAttribute"/>.</summary>
/// <remarks>A role is satisfied by itself and by each role that includes it. A function that names neither is refused (fail closed).</remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresRoleAttribute(params Role[] roles) : Attribute
{
    public IReadOnlyList<Role> Roles { get; } = roles;
}
