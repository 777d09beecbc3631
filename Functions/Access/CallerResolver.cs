using System.Security.Cryptography;
using System.Text;
using AudienceSync.Faults;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AudienceSync.Access;

/// <summary>Finds out who calls: an API key or the bootstrap key in <c>Authorization: Bearer</c> or <c>x-functions-key</c>, else, when trusted, the Entra principal.</summary>
public sealed partial class CallerResolver(ApiKeyService keys, IOptions<AccessOptions> options, ILogger<CallerResolver> logger)
{
    /// <summary>Longest key looked at; longer ones are wrong without being hashed.</summary>
    private const int MaxKeyLength = 512;

    private readonly byte[]? _bootstrap = BootstrapOf(options.Value, logger);

    /// <returns>401 <c>unauthenticated</c> when nobody is named, or by a key that does not hold.</returns>
    public async Task<Result<Caller>> ResolveAsync(IHeaderDictionary headers, CancellationToken cancellationToken)
    {
        var presented = Presented(headers);
        if (presented is { Length: <= MaxKeyLength } && await RecogniseAsync(presented, cancellationToken) is { } caller)
        {
            return caller;
        }

        // With App Service authentication the bearer token is Entra's own, which the platform has checked and turned into this header.
        if (options.Value.TrustAppServiceAuthentication
            && headers[AppServicePrincipal.Header].ToString() is { Length: > 0 } header)
        {
            return AppServicePrincipal.Read(header) is { } principal
                ? principal
                : new Refusal(
                    RefusalKind.Forbidden, "no_role", "No role is assigned",
                    "You are signed in, but hold none of the app roles viewer, operator, editor, admin, ingest. Ask an administrator to assign one in Entra ID.");
        }

        return presented is null
            ? Unauthenticated("Send an API key as 'Authorization: Bearer …' or 'x-functions-key: …'.")
            : Unauthenticated("The API key is unknown, deleted or expired. Ask an administrator for a new one.");
    }

    private static string? Presented(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization.ToString();
        if (authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && authorization["Bearer ".Length..].Trim() is { Length: > 0 } bearer)
        {
            return bearer;
        }

        return headers["x-functions-key"].ToString() is { Length: > 0 } key ? key : null;
    }

    private async Task<Caller?> RecogniseAsync(string presented, CancellationToken cancellationToken)
    {
        if (_bootstrap is not null && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(presented)), _bootstrap))
        {
            return new("bootstrap", Role.Admin) { Kind = CallerKind.Bootstrap };
        }

        return await keys.RecogniseAsync(presented, cancellationToken) is { } key ? new(key.Id, key.Role) : null;
    }

    private static byte[]? BootstrapOf(AccessOptions options, ILogger logger)
    {
        if (options.IsUnresolved)
        {
            LogUnresolved(logger);
        }

        return options.UsableBootstrapKey is { Length: > 0 } key ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null;
    }

    private static Refusal Unauthenticated(string detail) => new(RefusalKind.Unauthenticated, "unauthenticated", "An API key is required", detail);

    [LoggerMessage(1020, LogLevel.Warning, "Access__BootstrapKey refers to a secret that could not be looked up: there is no bootstrap key")]
    private static partial void LogUnresolved(ILogger logger);
}
