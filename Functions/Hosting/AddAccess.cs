using AudienceSync.Access;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AudienceSync.Hosting;

internal static class AccessRegistration
{
    /// <summary>Keys, callers and secrets. <see cref="IApiKeyStore"/>, <see cref="IAuditLog"/> and <see cref="IInstallationKeyStore"/> come from storage.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSettings<AccessOptions, AccessOptionsValidator>(AccessOptions.Section);
        services.AddSettings<SecretsOptions, SecretsOptionsValidator>(SecretsOptions.Section);
        services.TryAddSingleton<InstallationKeys>();
        services.TryAddSingleton<SecretSealer>();
        services.TryAddSingleton<ApiKeyDirectory>();
        services.TryAddSingleton<ApiKeyService>();
        services.TryAddSingleton<CallerResolver>();
        return services;
    }
}
