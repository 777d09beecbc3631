using Microsoft.AspNetCore.Http;

namespace AudienceSync.Access;

/// <summary>Who calls: set by the access middleware on <c>HttpContext.Features</c>.</summary>
/// <param name="Name">Key id, Entra object id, or <c>bootstrap</c>; for the audit trail.</param>
public sealed record Caller(string Name, Role Role)
{
    public CallerKind Kind { get; init; } = CallerKind.ApiKey;

    /// <summary>Whether the caller's role includes <paramref name="role"/>.</summary>
    public bool Is(Role role) => Role.Includes(role);

    /// <summary>Whether the caller sees identifiers of people unmasked.</summary>
    public bool SeesIdentifiers => Is(Role.Editor);

    /// <summary>The caller of a request that came through the access middleware.</summary>
    /// <exception cref="InvalidOperationException">The function is anonymous, so that nobody was asked for.</exception>
    public static Caller Of(HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("The request has no caller: its function is anonymous, or the access middleware did not run.");
}

/// <summary>How a caller proved who they are.</summary>
public enum CallerKind
{
    ApiKey,

    /// <summary>The key of the setting <c>Access__BootstrapKey</c>.</summary>
    Bootstrap,

    /// <summary>App Service authentication in front of the app.</summary>
    Entra,
}
