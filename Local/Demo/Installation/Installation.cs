using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace AudienceSync.Local.Demo;

/// <summary>Storage and app, running on this machine until disposed of.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private static readonly TimeSpan PortTimeout = TimeSpan.FromSeconds(20); // a former demo on the port may still be stopping
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly AzuriteServer _storage;

    private Installation(AzuriteServer storage, AppProcess app, string key, string logFile) =>
        (_storage, App, Key, LogFile) = (storage, app, key, logFile);

    public AppProcess App { get; }

    public string Key { get; }

    public string LogFile { get; }

    public static async Task<Installation> StartAsync(DemoOptions options, Terminal terminal, CancellationToken cancellationToken)
    {
        AzuriteServer? storage = null;
        try
        {
            await terminal.StepAsync("Storage (Azurite)", async tell =>
            {
                storage = await AzuriteServer.StartAsync(new() { DataFolder = options.DataFolder, Report = tell }, cancellationToken);
                return $"blobs {storage.BlobPort}, queues {storage.QueuePort}, tables {storage.TablePort} on 127.0.0.1";
            }, mayTakeLong: true);
            Installation? installation = null;
            await terminal.StepAsync("AudienceSync", async tell =>
            {
                var key = options.Key ?? $"demo-{RandomNumberGenerator.GetHexString(32, lowercase: true)}";
                var log = Path.Combine(Path.GetTempPath(), $"audiencesync-{Environment.ProcessId}.log");
                await WaitForPortAsync(options.Port, tell, cancellationToken);
                var app = await AppProcess.StartAsync(options.Port, key, storage!.ConnectionString, log, cancellationToken);
                installation = new(storage, app, key, log);
                return app.Api.ToString();
            }, mayTakeLong: true);
            return installation!;
        }
        catch
        {
            if (storage is not null)
            {
                await storage.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Waits until told to stop; sooner, with a fault, when the app ends by itself.</summary>
    /// <returns>0.</returns>
    public async Task<int> RunUntilAsync(CancellationToken stop)
    {
        try
        {
            var code = await App.Ended.WaitAsync(stop);
            throw new DemoException($"The app ended with exit code {code}. Its log is {LogFile}");
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }

    /// <summary>The app first: it must find its storage while it shuts down.</summary>
    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await _storage.DisposeAsync();
    }

    private static async Task WaitForPortAsync(int port, Action<string> tell, CancellationToken cancellationToken)
    {
        var deadline = Environment.TickCount64 + (long)PortTimeout.TotalMilliseconds;
        while (port != 0 && !IsFree(port))
        {
            if (Environment.TickCount64 > deadline)
            {
                throw new DemoException($"Port {port} is in use by another program: end it, or choose another with --port.");
            }

            tell($"waiting for port {port}, which is in use");
            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
