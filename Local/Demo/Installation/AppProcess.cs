using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace AudienceSync.Local.Demo;

/// <summary>The app, as a process of its own, on a storage account. It ends when disposed of, and also when this process dies in any way.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
    private const string ReadyPrefix = "ready ";
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(14); // run-app.cjs ends the app by force after 12

    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;

    private AppProcess(Process process, StreamWriter log)
    {
        (_process, _log) = (process, log);
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, isOutput: true), ReadAsync(process.StandardError, isOutput: false));
        Ended = WaitAsync();
    }

    /// <summary>Where its API is: <c>http://localhost:N/api/v1</c>.</summary>
    public Uri Api => _ready.Task.Result;

    /// <summary>Done when the process has ended, whoever ended it; the exit code.</summary>
    public Task<int> Ended { get; }

    /// <summary>Starts the app and returns when it takes requests.</summary>
    /// <param name="port">0: any free port.</param>
    /// <exception cref="DemoException">It ended, or was not ready in time; the message ends with the last lines of its log.</exception>
    public static async Task<AppProcess> StartAsync(int port, string key, string connectionString, string logFile, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("node")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        string[] arguments =
        [
            "-e", Supervisor(), "--", DotnetHost(), Path.Combine(AppContext.BaseDirectory, "AudienceSync.dll"), "--port", port.ToString(CultureInfo.InvariantCulture),
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["AzureWebJobsStorage"] = connectionString;
        start.Environment["Access__BootstrapKey"] = key;
        start.Environment["Outbound__AllowPrivateAddresses"] = "true";
        var app = new AppProcess(Start(start), new(logFile, append: false) { AutoFlush = true });
        try
        {
            await app._ready.Task.WaitAsync(StartTimeout, cancellationToken);
            return app;
        }
        catch (Exception exception)
        {
            await app.DisposeAsync();
            throw exception is TimeoutException
                ? new DemoException($"The app was not ready after {StartTimeout.TotalSeconds} s. Its log is {logFile}", exception)
                : exception is EndOfStreamException ? new DemoException($"The app ended at once:\n{Tail(logFile)}", exception) : exception;
        }
    }

    /// <summary>Stops the app in an orderly way; by force if it takes too long.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone already.
        }

        try
        {
            await Ended.WaitAsync(StopTimeout);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            await Ended;
        }

        _process.Dispose();
        await _log.DisposeAsync();
    }

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();
        await _reading;
        _ready.TrySetException(new EndOfStreamException());
        return _process.ExitCode;
    }

    private async Task ReadAsync(StreamReader reader, bool isOutput)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_log)
            {
                _log.WriteLine(line);
            }

            if (isOutput && line.StartsWith(ReadyPrefix, StringComparison.Ordinal) && Uri.TryCreate(line[ReadyPrefix.Length..], UriKind.Absolute, out var api))
            {
                _ready.TrySetResult(api);
            }
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new DemoException("'node' could not be started: install Node.js 20 or later (https://nodejs.org).", exception);
        }
    }

    /// <summary>The <c>dotnet</c> that runs this process, whether or not it is on the path.</summary>
    private static string DotnetHost()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        // …/shared/Microsoft.NETCore.App/10.0.0/
        var path = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(path) ? path : name;
    }

    private static string Supervisor()
    {
        using var reader = new StreamReader(typeof(AppProcess).Assembly.GetManifestResourceStream("run-app.cjs")!);
        return reader.ReadToEnd();
    }

    private static string Tail(string logFile) => string.Join('\n', File.ReadLines(logFile).TakeLast(15));
}
