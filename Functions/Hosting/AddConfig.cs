using AudienceSync.Config;
using Microsoft.Extensions.DependencyInjection;

namespace AudienceSync.Hosting;

internal static class ConfigRegistration
{
    /// <summary>Configuration as code.</summary>
    public static IServiceCollection AddConfig(this IServiceCollection services) => services
        .AddSingleton<ConfigTarget>()
        .AddSingleton<IConfigCopies, ConfigCopies>()
        .AddSingleton<ConfigService>();
}
