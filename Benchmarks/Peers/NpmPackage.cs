using AudienceSync.Benchmarks.Processes;

namespace AudienceSync.Benchmarks.Peers;

/// <summary>A package of npm, installed once a user into a folder of caches. Safe when several processes do it at once.</summary>
internal static class NpmPackage
{
    private static readonly TimeSpan LockPollInterval = TimeSpan.FromMilliseconds(200);

    /// <returns>The folder that holds its <c>node_modules</c>.</returns>
    /// <exception cref="BenchmarkException">npm is not installed, or failed.</exception>
    public static async Task<string> EnsureAsync(string name, string version, CancellationToken cancellationToken)
    {
        var root = Path.Combine(CacheFolder(), name.Replace('/', '-').TrimStart('@'));
        var home = Path.Combine(root, version);
        if (Directory.Exists(home))
        {
            return home;
        }

        Directory.CreateDirectory(root);
        using var oneAtATime = await LockAsync(Path.Combine(root, "install.lock"), cancellationToken);
        if (Directory.Exists(home))
        {
            return home;
        }

        // We hold the lock: what lies here was left by an installation that was cut short.
        var staging = Path.Combine(root, "installing");
        if (Directory.Exists(staging))
        {
            Directory.Delete(staging, recursive: true);
        }

        Directory.CreateDirectory(staging);
        await ChildProcess.RunAsync(
            new(OperatingSystem.IsWindows() ? "npm.cmd" : "npm",
                ["install", $"{name}@{version}", "--prefix", staging, "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"])
            {
                WorkingDirectory = staging,
            },
            cancellationToken);
        Directory.Move(staging, home);
        return home;
    }

    private static string CacheFolder()
    {
        var folder = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(folder is "" ? Path.GetTempPath() : folder, "audiencesync-benchmarks");
    }

    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(LockPollInterval, cancellationToken);
            }
        }
    }
}
