using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary><c>host.json</c> with the app settings <c>AzureFunctionsJobHost__a__b</c> laid over it.</summary>
internal sealed record HostJson
{
    public const string FileName = "host.json";

    private const string OverrideSection = "AzureFunctionsJobHost";

    /// <summary>First segments of every HTTP function's URL. Default <c>api</c>; may be empty.</summary>
    public required string RoutePrefix { get; init; }

    /// <summary>Longest run of one invocation; null = unbounded (<c>-1</c>). Default 30 min.</summary>
    public required TimeSpan? FunctionTimeout { get; init; }

    public required QueueSettings Queues { get; init; }

    /// <summary>The functions to load; empty = all.</summary>
    public required ImmutableArray<string> Functions { get; init; }

    /// <exception cref="FunctionsHostException">The file is missing, not JSON, not version 2.0, or a value is out of its range.</exception>
    public static HostJson Load(string directory, IConfiguration appSettings, bool isDevelopment)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            throw new FunctionsHostException($"{FileName} is missing in {directory}: write at least {{ \"version\": \"2.0\" }}.");
        }

        var file = ReadFile(path);
        if (file["version"] != "2.0")
        {
            throw new FunctionsHostException($"{FileName}: version is '{file["version"]}'; it must be \"2.0\".");
        }

        var overrides = appSettings.GetSection(OverrideSection);
        // The real worker reads the prefix from the file alone while the host routes by the setting: every request would be a 404.
        if (overrides["extensions:http:routePrefix"] is not null)
        {
            throw new FunctionsHostException($"The setting {OverrideSection}__extensions__http__routePrefix breaks ASP.NET Core routing: set it in {FileName}.");
        }

        var merged = new ConfigurationBuilder().AddConfiguration(file).AddConfiguration(overrides).Build();
        return new()
        {
            RoutePrefix = (file["extensions:http:routePrefix"] ?? "api").Trim('/'),
            FunctionTimeout = ReadTimeout(merged["functionTimeout"]),
            Queues = QueueSettings.Read(merged.GetSection("extensions:queues"), isDevelopment),
            Functions = [.. merged.GetSection("functions").GetChildren().Select(name => name.Value).OfType<string>()],
        };
    }

    /// <summary>Log levels of the file, as logging configuration of the lowest rank. Empty when there is no readable file: the start then says why.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> LogLevels(string directory)
    {
        var path = Path.Combine(directory, FileName);
        return File.Exists(path)
            ? ReadFile(path).GetSection("logging:logLevel").GetChildren().Select(level => KeyValuePair.Create($"Logging:LogLevel:{level.Key}", level.Value))
            : [];
    }

    private static IConfigurationRoot ReadFile(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return new ConfigurationBuilder().AddJsonStream(stream).Build();
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            throw new FunctionsHostException($"{FileName} is not valid JSON: {exception.Message}", exception);
        }
    }

    private static TimeSpan? ReadTimeout(string? text) => text switch
    {
        null => TimeSpan.FromMinutes(30),
        "-1" => null,
        _ when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var timeout) && timeout >= TimeSpan.FromSeconds(1) => timeout,
        _ => throw new FunctionsHostException($"{FileName}: functionTimeout is '{text}'; write hh:mm:ss of at least one second, or \"-1\" for none."),
    };
}
