using System.Globalization;

namespace AudienceSync.Local;

/// <summary>The programs of PostgreSQL on this machine.</summary>
public static class PostgresInstallation
{
    /// <summary>What to do where there are none.</summary>
    public const string Advice = "PostgreSQL is not installed. On Debian: apt-get install postgresql";

    /// <summary>Debian keeps each version's programs in a folder of its own; elsewhere they are on the path.</summary>
    private const string Debian = "/usr/lib/postgresql";

    /// <summary>The folder of the newest version's programs; null where there is none.</summary>
    public static string? Find()
    {
        var folders = Directory.Exists(Debian)
            ? Directory.EnumerateDirectories(Debian).OrderByDescending(Version).Select(folder => Path.Combine(folder, "bin"))
            : [];
        return folders.Concat(Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? []).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")));
    }

    private static int Version(string folder) => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0;
}
