using System.Diagnostics;

namespace AudienceSync.Local;

/// <summary>Finds Azurite, or installs it from npm. Safe when several processes do it at once.</summary>
internal static class AzuriteInstallation
{
    /// <summary>The last version that runs on Node 20.</summary>
    public const string Version = "3.35.0";

    private static readonly TimeSpan LockPollInterval = TimeSpan.FromMilliseconds(200);

    /// <returns>The path of Azurite's start script.</returns>
    public static async Task<string> EnsureAsync(AzuriteOptions options, CancellationToken cancellationToken)
    {
        var root = options.InstallFolder ?? Path.Combine(RepositoryRoot(), ".azurite");
        var home = Path.Combine(root, Version);
        var script = ScriptIn(home);
        if (File.Exists(script)) return script;

        Directory.CreateDirectory(root);
        using var oneAtATime = await LockAsync(Path.Combine(root, "install.lock"), options.Report, cancellationToken);
        if (File.Exists(script)) return script;

        // We hold the lock: what lies here was left by an installation that was cut short.
        foreach (var leftover in Directory.EnumerateDirectories(root, "installing-*")) Directory.Delete(leftover, recursive: true);
        if (Directory.Exists(home)) Directory.Delete(home, recursive: true);

        options.Report?.Invoke($"Installing Azurite {Version} from npm (once; about half a minute)");
        var staging = Directory.CreateDirectory(Path.Combine(root, $"installing-{Guid.NewGuid():N}")).FullName;
        await NpmInstallAsync(staging, cancellationToken);
        if (!File.Exists(ScriptIn(staging))) throw new AzuriteException($"npm installed azurite@{Version} without {ScriptIn("")}.");
        Directory.Move(staging, home);
        return script;
    }

    private static string ScriptIn(string folder) => Path.Combine(folder, "node_modules", "azurite", "dist", "src", "azurite.js");

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AudienceSync.slnx"))) return folder.FullName;
        }

        throw new AzuriteException($"No AudienceSync.slnx above {AppContext.BaseDirectory}: run from a clone of the repository.");
    }

    private static async Task<FileStream> LockAsync(string path, Action<string>? report, CancellationToken cancellationToken)
    {
        for (var told = false; ; told = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (!told) report?.Invoke("Waiting for another process that installs Azurite");
                await Task.Delay(LockPollInterval, cancellationToken);
            }
        }
    }

    private static async Task NpmInstallAsync(string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(OperatingSystem.IsWindows() ? "npm.cmd" : "npm")
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "install", $"azurite@{Version}", "--prefix", folder,
                "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error",
            },
        };
        using var npm = NodeProcess.Start(start);
        var output = npm.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = npm.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await npm.WaitForExitAsync(cancellationToken);
            if (npm.ExitCode != 0)
            {
                throw new AzuriteException(
                    $"npm install azurite@{Version} ended with {npm.ExitCode}. Is the npm registry reachable?\n{await errors}{await output}");
            }
        }
        finally
        {
            NodeProcess.Kill(npm);
        }
    }
}
