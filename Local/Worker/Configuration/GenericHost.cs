using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>The generic host as the worker sets it up, with a console logger in place of the real host's.</summary>
internal static class GenericHost
{
    /// <summary>Port of <c>func start</c>.</summary>
    private const int DefaultPort = 7071;

    public static HostApplicationBuilder Create(string[] args, string directory, string applicationName, LocalSettings settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(
        [
            KeyValuePair.Create("Logging:LogLevel:Default", (string?)"Information"),
            KeyValuePair.Create("Logging:LogLevel:Microsoft", (string?)"Warning"),
            KeyValuePair.Create("Logging:LogLevel:Azure", (string?)"Warning"),
            KeyValuePair.Create("hostBuilder:reloadConfigOnChange", (string?)"false"),
        ]);
        configuration.AddInMemoryCollection(HostJson.LogLevels(directory));
        configuration.AddEnvironmentVariables("AZURE_FUNCTIONS_");
        var host = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = args,
            Configuration = configuration,
            ApplicationName = applicationName,
            ContentRootPath = directory,
            EnvironmentName = Environment.GetEnvironmentVariable("AZURE_FUNCTIONS_ENVIRONMENT") ?? Environments.Development,
        });
        // Core Tools turn the values into environment variables that are not set yet: below the environment, above appsettings.json.
        var environment = host.Configuration.Sources.OfType<EnvironmentVariablesConfigurationSource>().Last(source => string.IsNullOrEmpty(source.Prefix));
        host.Configuration.Sources.Insert(
            host.Configuration.Sources.IndexOf(environment), new MemoryConfigurationSource { InitialData = settings.Values });
        host.Logging.ClearProviders();
        host.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        // Standard output carries the ready line alone.
        host.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        return host;
    }

    /// <summary><c>--port N</c>, <c>--port=N</c> or <c>-p N</c>; then <c>Host.LocalHttpPort</c> of local.settings.json; then 7071. 0 = any free port.</summary>
    /// <exception cref="FunctionsHostException">Not a port.</exception>
    public static int Port(string[] args, LocalSettings settings)
    {
        for (var index = 0; index < args.Length; index++)
        {
            var text = args[index] switch
            {
                "--port" or "-p" => index + 1 < args.Length ? args[index + 1] : "",
                var arg when arg.StartsWith("--port=", StringComparison.Ordinal) => arg["--port=".Length..],
                _ => null,
            };
            if (text is not null)
            {
                return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= ushort.MaxValue
                    ? port
                    : throw new FunctionsHostException($"--port is '{text}'; write a number from 0 to {ushort.MaxValue}.");
            }
        }

        return settings.HttpPort ?? DefaultPort;
    }
}
