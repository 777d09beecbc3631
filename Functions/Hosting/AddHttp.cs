using System.Reflection;
using AudienceSync.Access;
using AudienceSync.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AudienceSync.Hosting;

internal static class HttpRegistration
{
    /// <summary>What the API needs to read requests and to answer. <see cref="IIdempotencyStore"/> comes from storage.</summary>
    /// <param name="functions">Where the HTTP functions are; the app's own assembly unless given.</param>
    public static IServiceCollection AddHttp(this IServiceCollection services, Assembly? functions = null)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSettings<RateLimitOptions, RateLimitOptionsValidator>(RateLimitOptions.Section);
        services.AddSettings<CrossOriginOptions, CrossOriginOptionsValidator>(CrossOriginOptions.Section);
        services.AddCors();
        services.TryAddSingleton(_ => HttpFunctions.Of(functions ?? typeof(HttpRegistration).Assembly));
        services.TryAddSingleton(provider => provider.GetRequiredService<HttpFunctions>().Routes());
        services.TryAddSingleton<TokenBuckets>();
        services.TryAddSingleton<Readiness>();
        services.TryAddSingleton(provider => new CursorSigner(() => provider.GetRequiredService<InstallationKeys>().Derive("http/cursors/v1", 32)));
        services.TryAddSingleton(provider => new Idempotency(
            provider.GetRequiredService<IIdempotencyStore>(),
            () => provider.GetRequiredService<InstallationKeys>().Derive("http/idempotency/v1", 32),
            provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
