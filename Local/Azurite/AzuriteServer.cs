using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AudienceSync.Local;

/// <summary>
/// A running Azurite: blobs, queues and tables on free ports of 127.0.0.1. It ends, with its data saved, when disposed of and also when
/// this process dies in any way.
/// </summary>
public sealed partial class AzuriteServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15); // longer than the ten seconds run.cjs gives Azurite
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;
    private readonly string _folder;
    private readonly bool _keepFolder;
    private readonly AzuriteAccount[] _accounts;
    private bool _disposed;

    private AzuriteServer(Process process, string folder, bool keepFolder, AzuriteAccount[] accounts, Ports ports)
    {
        _process = process;
        _folder = folder;
        _keepFolder = keepFolder;
        _accounts = accounts;
        (BlobPort, QueuePort, TablePort) = (ports.Blob, ports.Queue, ports.Table);
    }

    public int BlobPort { get; }

    public int QueuePort { get; }

    public int TablePort { get; }

    public int ProcessId => _process.Id;

    /// <summary>For the account <c>devstoreaccount1</c>.</summary>
    public string ConnectionString => AzuriteAccount.WellKnown.ConnectionString(BlobPort, QueuePort, TablePort);

    /// <summary>Connection strings of the extra accounts.</summary>
    public IReadOnlyList<string> ExtraConnectionStrings =>
        field ??= [.. _accounts.Select(account => account.ConnectionString(BlobPort, QueuePort, TablePort))];

    /// <summary>Installs Azurite where it is missing, starts it, and returns when it answers.</summary>
    /// <exception cref="AzuriteException">Node.js is missing, npm failed, the folder is in use, or Azurite ended at once.</exception>
    public static async Task<AzuriteServer> StartAsync(AzuriteOptions options, CancellationToken cancellationToken)
    {
        if (options is { InMemory: true, DataFolder: not null })
        {
            throw new ArgumentException("InMemory keeps nothing: leave DataFolder out.", nameof(options));
        }

        var script = await AzuriteInstallation.EnsureAsync(options, cancellationToken);
        var keep = options.DataFolder is not null;
        var folder = keep ? Path.GetFullPath(options.DataFolder!) : Directory.CreateTempSubdirectory("azurite-").FullName;
        Directory.CreateDirectory(folder);
        if (keep) await WaitForFormerOwnerAsync(folder, options.Report, cancellationToken);

        AzuriteAccount[] accounts = [.. Enumerable.Range(1, options.ExtraAccounts).Select(AzuriteAccount.Numbered)];
        var process = NodeProcess.Start(Describe(script, folder, keep, options.InMemory, accounts));
        try
        {
            var ports = await Listen(process).WaitAsync(StartTimeout, cancellationToken);
            return new(process, folder, keep, accounts, ports);
        }
        catch (Exception e)
        {
            NodeProcess.Kill(process);
            process.Dispose();
            if (!keep) DeleteFolder(folder);
            if (e is TimeoutException) throw new AzuriteException($"Azurite was not ready after {StartTimeout.TotalSeconds} s.", e);
            throw;
        }
    }

    /// <summary>Ends Azurite in an orderly way, which saves the data; by force if it takes longer than 15 s.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(StopTimeout);
        }
        catch (TimeoutException)
        {
            NodeProcess.Kill(_process);
        }

        _process.Dispose();
        if (!_keepFolder) DeleteFolder(_folder);
    }

    private static ProcessStartInfo Describe(string script, string folder, bool keep, bool inMemory, AzuriteAccount[] accounts)
    {
        // A session of its own: signals sent to the app's process group, as a terminal and many supervisors do, leave storage to close last.
        const string NewSession = "/usr/bin/setsid";
        var detach = OperatingSystem.IsLinux() && File.Exists(NewSession);
        var start = new ProcessStartInfo(detach ? NewSession : "node")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments =
        [
            .. detach ? ["node"] : Array.Empty<string>(),
            "-e", Bootstrap(), "--", script, folder, keep ? "keep" : "drop",
            "--silent", "--skipApiVersionCheck", "--disableTelemetry",
            "--blobHost", "127.0.0.1", "--queueHost", "127.0.0.1", "--tableHost", "127.0.0.1",
            "--blobPort", "0", "--queuePort", "0", "--tablePort", "0", // 0: a free port, printed once it is bound
            .. inMemory ? ["--inMemoryPersistence"] : new[] { "--location", folder },
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        if (accounts is not [])
        {
            start.Environment["AZURITE_ACCOUNTS"] = string.Join(';', accounts.Prepend(AzuriteAccount.WellKnown).Select(a => $"{a.Name}:{a.Key}"));
        }

        return start;
    }

    private static string Bootstrap()
    {
        using var reader = new StreamReader(typeof(AzuriteServer).Assembly.GetManifestResourceStream("run.cjs")!);
        return reader.ReadToEnd();
    }

    /// <summary>Reads what Azurite prints until it has named its three ports, and goes on reading so that the pipe never fills.</summary>
    private static Task<Ports> Listen(Process process)
    {
        var ready = new TaskCompletionSource<Ports>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ports = new Dictionary<string, int>();
        var printed = new List<string>();
        DataReceivedEventHandler read = (_, e) =>
        {
            if (ready.Task.IsCompleted || e.Data is null) return;
            lock (ports)
            {
                printed.Add(e.Data);
                if (ListeningLine().Match(e.Data) is not { Success: true } match) return;
                ports[match.Groups["service"].Value] = int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture);
                if (ports.Count == 3) ready.TrySetResult(new(ports["Blob"], ports["Queue"], ports["Table"]));
            }
        };
        process.OutputDataReceived += read;
        process.ErrorDataReceived += read;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _ = FailWhenItEndsAsync();
        return ready.Task;

        async Task FailWhenItEndsAsync()
        {
            await process.WaitForExitAsync();
            lock (ports) ready.TrySetException(new AzuriteException($"Azurite ended at once:\n{string.Join('\n', printed)}"));
        }
    }

    /// <summary>
    /// A former Azurite on this folder, whose owner was killed, still saves: reading the files now would lose what it writes.
    /// </summary>
    private static async Task WaitForFormerOwnerAsync(string folder, Action<string>? report, CancellationToken cancellationToken)
    {
        var pidFile = Path.Combine(folder, "azurite.pid");
        var waited = Stopwatch.StartNew();
        while (RunningOwner(pidFile, folder) is { } pid)
        {
            if (waited.Elapsed > StopTimeout) throw new AzuriteException($"{folder} is in use by Azurite, process {pid}: end it or name another folder.");
            if (waited.ElapsedMilliseconds < PollInterval.TotalMilliseconds) report?.Invoke("Waiting for the former Azurite to save its data");
            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    private static int? RunningOwner(string pidFile, string folder)
    {
        try
        {
            if (!File.Exists(pidFile) || !int.TryParse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture, out var pid)) return null;
            using var process = Process.GetProcessById(pid);
            // Ids are used again, so: is it ours? (An ended process that nobody waited for has an empty command line.)
            var isOurs = OperatingSystem.IsLinux()
                ? File.ReadAllText($"/proc/{pid}/cmdline").Contains(folder, StringComparison.Ordinal)
                : process.ProcessName.StartsWith("node", StringComparison.OrdinalIgnoreCase);
            return isOurs && !process.HasExited ? pid : null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IOException)
        {
            return null; // no such process, or it ended meanwhile
        }
    }

    private static void DeleteFolder(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Azurite's process removes it too, for the case that we cannot.
        }
    }

    [GeneratedRegex(@"Azurite (?<service>Blob|Queue|Table) service is successfully listening at http://[^:]+:(?<port>\d+)")]
    private static partial Regex ListeningLine();

    private readonly record struct Ports(int Blob, int Queue, int Table);
}
