using AudienceSync.Access;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AudienceSync.Hosting;

internal static class AccessRegistration
{
    /// <summary>Keys, callers and secrets. <see cref="IApiKeyStore"/>, <see cref="IAuditLog"/> and <see cref="IInstallationKeyStore"/> come from storage.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<AccessOptions>().BindConfiguration(AccessOptions.Section).ValidateOnStart();
        services.AddOptions<SecretsOptions>().BindConfiguration(SecretsOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AccessOptions>, AccessOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SecretsOptions>, SecretsOptionsValidator>());
        services.TryAddSingleton<InstallationKeys>();
        services.TryAddSingleton<SecretSealer>();
        services.TryAddSingleton<ApiKeyDirectory>();
        services.TryAddSingleton<ApiKeyService>();
        services.TryAddSingleton<CallerResolver>();
        return services;
    }
}
