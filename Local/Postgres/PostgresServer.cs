using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AudienceSync.Local;

/// <summary>
/// A PostgreSQL server of its own in a temporary folder, tuned to forget: nothing of it outlives a crash. It ends when disposed of and also when this process
/// dies in any way.
/// </summary>
/// <remarks>Started as root, it runs as the user <c>postgres</c>, because PostgreSQL refuses to run as root.</remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    public const string User = "postgres";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private const int LinesKept = 20;

    private readonly Process _process;
    private readonly Queue<string> _printed = new();
    private bool _disposed;

    private PostgresServer(Process process, string programs, string folder, int port)
    {
        (_process, Programs, Folder, Port) = (process, programs, folder, port);
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine(); // so that the pipe never fills
    }

    /// <summary>Folder of psql and its like.</summary>
    public string Programs { get; }

    /// <summary>Holds the socket, and the data.</summary>
    public string Folder { get; }

    /// <summary>Of 127.0.0.1, if it listens there, and of the socket's name.</summary>
    public int Port { get; }

    /// <summary>Of the process whose children serve the sessions.</summary>
    public int ServerId => int.Parse(File.ReadLines(Path.Combine(Folder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>Starts a server and returns when it answers.</summary>
    /// <exception cref="PostgresServerException">PostgreSQL is not installed, or ended at once.</exception>
    public static async Task<PostgresServer> StartAsync(PostgresServerOptions options, CancellationToken cancellationToken)
    {
        var programs = PostgresInstallation.Find() ?? throw new PostgresServerException(PostgresInstallation.Advice);
        var folder = Directory.CreateTempSubdirectory("postgres-").FullName;
        try
        {
            await CreateAsync(options, programs, folder, cancellationToken);
            var port = FreePort();
            var process = Start(Watched(folder, Arguments(options, programs, folder, port)), redirect: true);
            var server = new PostgresServer(process, programs, folder, port);
            await server.WaitAsync(cancellationToken);
            return server;
        }
        catch
        {
            Delete(folder);
            throw;
        }
    }

    /// <summary>Ends the server at once, and its sessions with it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await EndAsync();
        _process.Dispose();
        Delete(Folder);
    }

    /// <summary>Makes the folder of the data, as the user who will run the server.</summary>
    private static async Task CreateAsync(PostgresServerOptions options, string programs, string folder, CancellationToken cancellationToken)
    {
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync(["chown", User, folder], cancellationToken);
        }

        var password = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(password, options.Password, cancellationToken);
        string[] access = options.Password is null ? ["-A", "trust"] : ["-A", "scram-sha-256", "--pwfile", password];
        await RunAsync(
            [.. AsUser, Path.Combine(programs, "initdb"), "-D", Path.Combine(folder, "data"), "-U", User, "-E", "UTF8", "--locale=C", "-N", .. access], cancellationToken);
        File.Delete(password);
        if (options.Tls is var (certificate, key))
        {
            foreach (var (name, pem) in new[] { ("server.crt", certificate), ("server.key", key) })
            {
                var path = Path.Combine(folder, "data", name);
                await File.WriteAllTextAsync(path, pem, cancellationToken);
                await RunAsync(["chmod", "600", path], cancellationToken);
                if (Environment.IsPrivilegedProcess)
                {
                    await RunAsync(["chown", User, path], cancellationToken);
                }
            }
        }
    }

    private static string[] Arguments(PostgresServerOptions options, string programs, string folder, int port) =>
    [
        Path.Combine(programs, "postgres"), "-D", Path.Combine(folder, "data"), "-p", port.ToString(CultureInfo.InvariantCulture),
        .. new[]
        {
            $"listen_addresses={(options.ListensOnLoopback ? "127.0.0.1" : "")}", $"unix_socket_directories={folder}", $"ssl={(options.Tls is null ? "off" : "on")}",
            "log_min_messages=fatal", "fsync=off", "synchronous_commit=off", "full_page_writes=off",
        }.Concat(options.Settings).SelectMany(setting => new[] { "-c", setting }),
    ];

    /// <summary>A shell beside the server reads a pipe of ours: its end, however it comes, ends the server, and what it kept goes with it.</summary>
    private static string[] Watched(string folder, string[] command) =>
    [
        .. AsUser, "sh", "-c", "exec 3<&0; \"$@\" 3<&- & server=$!; { cat >/dev/null; kill -QUIT $server; } <&3 & exec 3<&-; wait $server; rm -rf \"$0\"", folder, .. command,
    ];

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await RunAsync([Path.Combine(Programs, "pg_isready"), "-q", "-h", Folder, "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", User], cancellationToken);
                return;
            }
            catch (PostgresServerException) when (watch.Elapsed < StartTimeout && !_process.HasExited)
            {
                await Task.Delay(PollInterval, cancellationToken);
            }
            catch (PostgresServerException e)
            {
                await EndAsync();
                throw new PostgresServerException($"PostgreSQL did not start:\n{Printed()}", e);
            }
        }
    }

    private async Task EndAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(StopTimeout);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private void Keep(object sender, DataReceivedEventArgs e)
    {
        lock (_printed)
        {
            if (e.Data is { } line)
            {
                _printed.Enqueue(line);
            }

            if (_printed.Count > LinesKept)
            {
                _printed.Dequeue();
            }
        }
    }

    private string Printed()
    {
        lock (_printed)
        {
            return string.Join('\n', _printed);
        }
    }

    /// <summary>The shell may have been faster.</summary>
    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It was.
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string[] AsUser => Environment.IsPrivilegedProcess ? ["runuser", "-u", User, "--"] : [];

    private static Process Start(string[] command, bool redirect)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(command[0], command[1..])
            {
                WorkingDirectory = Path.GetTempPath(),
                RedirectStandardInput = redirect,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new PostgresServerException($"'{command[0]}' could not be started: {e.Message}", e);
        }
    }

    private static async Task RunAsync(string[] command, CancellationToken cancellationToken)
    {
        using var process = Start(command, redirect: false);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new PostgresServerException($"{command[0]} ended with {process.ExitCode}:\n{await errors}{await output}");
        }
    }
}
