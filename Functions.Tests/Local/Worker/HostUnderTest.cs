using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Local;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Local.Worker;

/// <summary>The in-process host over function classes of a test, on a free port and a folder of its own.</summary>
internal sealed class HostUnderTest : IAsyncDisposable
{
    private readonly string _directory;
    private readonly IHost _host;

    private HostUnderTest(string directory, IHost host)
    {
        (_directory, _host) = (directory, host);
        Client = new HttpClient { BaseAddress = host.Services.GetRequiredService<HostAddress>().Root };
    }

    public HttpClient Client { get; }

    public IServiceProvider Services => _host.Services;

    public const string HostJson = """{ "version": "2.0" }""";

    public static async Task<HostUnderTest> StartAsync(
        Type functions, Action<FunctionsApplicationBuilder>? configure = null, string? hostJson = HostJson, string? localSettings = null, string[]? args = null)
    {
        var directory = Directory.CreateTempSubdirectory("worker-tests-").FullName;
        try
        {
            var host = Build(directory, functions, configure, hostJson, localSettings, args);
            try
            {
                await host.StartAsync();
                return new(directory, host);
            }
            catch
            {
                host.Dispose();
                throw;
            }
        }
        catch
        {
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static IHost Build(
        string directory, Type functions, Action<FunctionsApplicationBuilder>? configure, string? hostJson, string? localSettings, string[]? args)
    {
        if (hostJson is not null)
        {
            File.WriteAllText(Path.Combine(directory, "host.json"), hostJson);
        }

        if (localSettings is not null)
        {
            File.WriteAllText(Path.Combine(directory, "local.settings.json"), localSettings);
        }

        var builder = new FunctionsApplicationBuilder(args ?? ["--port", "0"], directory, FunctionSource.Of(functions));
        builder.Logging.ClearProviders();
        builder.ConfigureFunctionsWebApplication();
        configure?.Invoke(builder);
        return builder.Build();
    }
}
