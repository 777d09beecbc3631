using System.Collections.Concurrent;
using System.Diagnostics;

namespace AudienceSync.Local.EndToEnd;

/// <summary>The app as anyone starts it: a process of its own, on a storage account, spoken to over HTTP.</summary>
/// <remarks>Times that Azure and the app count in minutes are set to about a second, so that a killed process is followed up soon.</remarks>
internal sealed class AppProcess : IAsyncDisposable
{
    public const string Key = "end-to-end-key";

    private const int KeptLines = 4_000;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log;
    private volatile bool _isKilled;

    private AppProcess(Process process, ConcurrentQueue<string> log, Uri address)
    {
        (_process, _log) = (process, log);
        Api = new(address, Key);
    }

    /// <summary>Speaks to this process as an admin.</summary>
    public ApiClient Api { get; }

    /// <summary>The last lines of the process's log.</summary>
    public string Log => string.Join('\n', _log);

    /// <summary>False from the moment a kill is on its way: whoever speaks to the process may notice before it has ended.</summary>
    public bool IsRunning => !_isKilled && !_process.HasExited;

    /// <summary>Starts the app on a free port and returns when it takes requests.</summary>
    /// <param name="settings">Environment variables on top of the fast ones.</param>
    public static async Task<AppProcess> StartAsync(string connectionString, IReadOnlyDictionary<string, string>? settings = null)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            WorkingDirectory = AppFolder(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["exec", Path.Combine(AppFolder(), "AudienceSync.dll"), "--port", "0"])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in Settings(connectionString).Concat(settings ?? new Dictionary<string, string>()))
        {
            start.Environment[name] = value;
        }

        var log = new ConcurrentQueue<string>();
        var ready = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) => TakeReadyLine(e.Data, ready);
        process.ErrorDataReceived += (_, e) => Keep(log, e.Data);
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"The app ended before it was ready:\n{string.Join('\n', log)}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new(process, log, await ready.Task.WaitAsync(StartLimit));
        }
        catch
        {
            Kill(process);
            process.Dispose();
            throw;
        }
    }

    /// <summary>SIGKILL: the process ends where it is. May be called again, and from any thread.</summary>
    public void KillHard()
    {
        _isKilled = true;
        Kill(_process);
    }

    /// <summary>SIGTERM, as a supervisor stops it; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        await _process.WaitForExitAsync().WaitAsync(StopLimit);
        return _process.ExitCode;
    }

    /// <summary>Lets the minute timer fire now.</summary>
    public async Task TickAsync() => (await Api.PostAsync("/admin/functions/sync-tick", """{"input":null}""")).ShouldBe(202);

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        Kill(_process);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
            process.WaitForExit();
        }
        catch (InvalidOperationException)
        {
            // It has ended, or was disposed of.
        }
    }

    private static Dictionary<string, string> Settings(string connectionString) => new()
    {
        ["AzureWebJobsStorage"] = connectionString,
        ["Access__BootstrapKey"] = Key,
        ["Outbound__AllowPrivateAddresses"] = "true",
        ["RateLimits__ApiPerSecond"] = "0",
        ["RateLimits__PreviewPerSecond"] = "0",
        ["Cors__AllowedOrigins"] = "https://console.example.com, http://localhost:5173",
        ["LocalHost__QueueVisibility"] = "00:00:02",
        ["AzureFunctionsJobHost__extensions__queues__maxPollingInterval"] = "00:00:00.100",
        ["AzureFunctionsJobHost__extensions__queues__visibilityTimeout"] = "00:00:00.200",
        ["Runs__ClaimFor"] = "00:00:01",
        ["Runs__StallAfter"] = "00:00:01",
        ["Delivery__RetryBase"] = "00:00:00.050",
        ["Erasures__PollAfter"] = "00:00:00.100",
        ["Erasures__RetryBase"] = "00:00:00.500",
        ["Erasures__SearchAgainAfter"] = "00:00:00.100",
        ["AzureFunctionsWebHost__hostid"] = "endtoend",
    };

    private static void TakeReadyLine(string? line, TaskCompletionSource<Uri> ready)
    {
        const string Prefix = "ready ";
        if (line?.StartsWith(Prefix, StringComparison.Ordinal) is true)
        {
            // By address: a name is looked up for both families, and on a free port only one of them listens.
            ready.TrySetResult(new($"http://127.0.0.1:{new Uri(line[Prefix.Length..]).Port}"));
        }
    }

    private static void Keep(ConcurrentQueue<string> log, string? line)
    {
        if (line is not null)
        {
            log.Enqueue(line);
            if (log.Count > KeptLines)
            {
                log.TryDequeue(out _);
            }
        }
    }

    /// <summary>Where the app was built: beside the tests, else in its own output.</summary>
    private static string AppFolder()
    {
        static bool IsApp(string folder) =>
            File.Exists(Path.Combine(folder, "AudienceSync.runtimeconfig.json")) && File.Exists(Path.Combine(folder, "host.json"));

        if (IsApp(AppContext.BaseDirectory))
        {
            return AppContext.BaseDirectory;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var output = Path.Combine(folder.FullName, "Functions", "bin", "Local", "net10.0");
            if (File.Exists(Path.Combine(folder.FullName, "AudienceSync.slnx")) && IsApp(output))
            {
                return output;
            }
        }

        throw new InvalidOperationException("The app is not built: dotnet build -c Local.");
    }
}
