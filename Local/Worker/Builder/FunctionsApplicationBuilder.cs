using System.Text.Json;
using Microsoft.Azure.Functions.Worker.Local;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>Composes a Functions app on the generic host.</summary>
public class FunctionsApplicationBuilder : IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly Pipeline _pipeline = new();
    private bool _built;

    internal FunctionsApplicationBuilder(string[] args, string directory, FunctionSource source)
    {
        var settings = LocalSettings.Load(directory);
        _host = GenericHost.Create(args, directory, source.Name, settings);
        Services.Configure<JsonSerializerOptions>(json => json.PropertyNameCaseInsensitive = true);
        Services.AddOptions<WorkerOptions>();
        Services.AddSingleton(source);
        Services.AddSingleton(_pipeline);
        Services.AddFunctionsHost(directory, GenericHost.Port(args, settings));
    }

    public IDictionary<object, object> Properties => ((IHostApplicationBuilder)_host).Properties;

    public ConfigurationManager Configuration => _host.Configuration;

    IConfigurationManager IHostApplicationBuilder.Configuration => _host.Configuration;

    public IHostEnvironment Environment => _host.Environment;

    public ILoggingBuilder Logging => _host.Logging;

    public IMetricsBuilder Metrics => _host.Metrics;

    public IServiceCollection Services => _host.Services;

    public void ConfigureContainer<TContainerBuilder>(
        IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure = null)
        where TContainerBuilder : notnull =>
        _host.ConfigureContainer(factory, configure);

    public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
    {
        _pipeline.Add(middleware);
        return this;
    }

    /// <exception cref="InvalidOperationException">The application was built before.</exception>
    public IHost Build()
    {
        if (_built)
        {
            throw new InvalidOperationException("Build can only be called once.");
        }

        _built = true;
        // Last of all hosted services: whatever the app starts is up before the first trigger fires, and is stopped after the last.
        Services.AddHostedService<FunctionsHost>();
        return _host.Build();
    }
}
