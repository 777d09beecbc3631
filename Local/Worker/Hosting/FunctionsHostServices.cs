using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Azure.Functions.Worker.Local;

internal static class FunctionsHostServices
{
    /// <summary>The parts of the in-process host.</summary>
    public static IServiceCollection AddFunctionsHost(this IServiceCollection services, string directory, int port)
    {
        services.AddOptions<LocalHostOptions>().BindConfiguration(LocalHostOptions.Section)
            .Validate(options => options.QueueVisibility >= TimeSpan.FromSeconds(1), $"{LocalHostOptions.Section}:QueueVisibility is below one second, the least that storage takes.")
            .Validate(options => options.PollingMinimum > TimeSpan.Zero, $"{LocalHostOptions.Section}:PollingMinimum is not above zero.")
            .ValidateOnStart();
        services.AddSingleton(provider => HostJson.Load(
            directory, provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<IHostEnvironment>().IsDevelopment()));
        services.AddSingleton(provider => new HostIdentity(provider.GetRequiredService<IConfiguration>(), directory));
        services.AddSingleton(new HostAddress(port));
        services.AddSingleton(new HostClock(TimeProvider.System));
        services.AddSingleton<AppSettings>();
        services.AddSingleton<StorageConnections>();
        services.AddSingleton<FunctionCatalog>();
        services.AddSingleton<RunningFunctions>();
        services.AddSingleton<ParameterBinder>();
        services.TryAddSingleton<IFunctionActivator, ScopeActivator>();
        services.AddSingleton<FunctionExecutor>();
        services.AddSingleton<FunctionInvoker>();
        services.AddSingleton<HttpEndpoints>();
        services.AddSingleton<AdminEndpoints>();
        services.AddSingleton<HttpServer>();
        services.AddSingleton<QueueListeners>();
        services.AddSingleton<TimerListeners>();
        services.AddSingleton<IScheduleStore, BlobScheduleStore>();
        return services;
    }
}
