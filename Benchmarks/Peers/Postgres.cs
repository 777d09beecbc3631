using System.Diagnostics;
using System.Globalization;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Processes;

namespace AudienceSync.Benchmarks.Peers;

/// <summary>PostgreSQL: a server of its own in a temporary folder, reached through a Unix socket, its tables unlogged.</summary>
/// <remarks>Started as root, it runs as the user <c>postgres</c>, because PostgreSQL refuses to run as root.</remarks>
internal sealed class Postgres(int threads) : IDeltaPeer
{
    private const string Debian = "/usr/lib/postgresql";
    private const string Create = "CREATE UNLOGGED TABLE";
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SessionEnd = TimeSpan.FromMilliseconds(500); // the server notices it a moment later
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    public string Name => "postgres";

    public async Task<IReadOnlyList<PeerFigure>> MeasureAsync(string olderCsv, string newerCsv, CancellationToken cancellationToken)
    {
        var bin = FindPrograms();
        var folder = Directory.CreateTempSubdirectory("postgres-").FullName;
        try
        {
            string[] asUser = Environment.IsPrivilegedProcess ? ["runuser", "-u", "postgres", "--"] : [];
            if (Environment.IsPrivilegedProcess)
            {
                await ChildProcess.RunAsync(new("chown", ["postgres", folder]), cancellationToken);
            }

            var data = Path.Combine(folder, "data");
            await ChildProcess.RunAsync(Start([.. asUser, Path.Combine(bin, "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N"]), cancellationToken);
            using var server = ChildProcess.Start(Start([.. asUser, Path.Combine(bin, "postgres"), "-D", data, .. ServerSettings(folder)]));
            try
            {
                await WaitAsync(bin, folder, cancellationToken);
                var pid = int.Parse(File.ReadLines(Path.Combine(data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
                return await MeasureAsync(new(bin, folder, pid), olderCsv, newerCsv, cancellationToken);
            }
            finally
            {
                await StopAsync(asUser, bin, data, server);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<IReadOnlyList<PeerFigure>> MeasureAsync(Session session, string olderCsv, string newerCsv, CancellationToken cancellationToken)
    {
        var load = await session.MeasureAsync([.. LoadSql("older", olderCsv), .. LoadSql("newer", newerCsv)], cancellationToken);
        var join = await session.MeasureAsync([SqlDelta.Join("older", "newer", Create)], cancellationToken);
        var joined = await session.TakeDeltaAsync(cancellationToken);
        var except = await session.MeasureAsync(SqlDelta.Except("older", "newer", Create), cancellationToken);
        var excepted = await session.TakeDeltaAsync(cancellationToken);
        return
        [
            new("postgresLoad", "PostgreSQL: load both tables", load, null),
            new("postgresJoin", "PostgreSQL: full join", join, joined),
            new("postgresExcept", "PostgreSQL: EXCEPT both ways", except, excepted),
        ];
    }

    private static string[] LoadSql(string table, string csv) =>
    [
        $"{Create} {table} (id text PRIMARY KEY, email text, phone text, first_name text, last_name text, amount numeric(12,2), day date)",
        $"\\copy {table} FROM '{csv}' (FORMAT csv)",
        $"ANALYZE {table}",
    ];

    private IEnumerable<string> ServerSettings(string folder) => new[]
    {
        "listen_addresses=", $"unix_socket_directories={folder}", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off",
        "wal_level=minimal", "max_wal_senders=0", "max_wal_size=8GB", "shared_buffers=1GB", "work_mem=1GB", "maintenance_work_mem=1GB", "jit=off", "log_min_messages=panic",
        string.Create(CultureInfo.InvariantCulture, $"max_parallel_workers_per_gather={threads - 1}"),
    }.SelectMany(setting => new[] { "-c", setting });

    /// <summary>Debian keeps each version's programs in a folder of its own; elsewhere they are on the path.</summary>
    private static string FindPrograms()
    {
        var folders = Directory.Exists(Debian)
            ? Directory.EnumerateDirectories(Debian).OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0).Select(folder => Path.Combine(folder, "bin"))
            : [];
        return folders.Concat(Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? []).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")))
            ?? throw new BenchmarkException("PostgreSQL is not installed. On Debian: apt-get install postgresql");
    }

    private static async Task WaitAsync(string bin, string folder, CancellationToken cancellationToken)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                await ChildProcess.RunAsync(new(Path.Combine(bin, "pg_isready"), ["-q", "-h", folder, "-U", "postgres"]), cancellationToken);
                return;
            }
            catch (BenchmarkException) when (watch.Elapsed < StartTimeout)
            {
                await Task.Delay(PollInterval, cancellationToken);
            }
        }
    }

    private static async Task StopAsync(string[] asUser, string bin, string data, Process server)
    {
        try
        {
            await ChildProcess.RunAsync(Start([.. asUser, Path.Combine(bin, "pg_ctl"), "stop", "-D", data, "-m", "immediate", "-s"]), CancellationToken.None);
        }
        catch (BenchmarkException)
        {
            ChildProcess.Kill(server);
        }

        await server.WaitForExitAsync();
    }

    private static ProcessStartInfo Start(string[] command) => new(command[0], command[1..]) { WorkingDirectory = Path.GetTempPath() };

    /// <summary>Statements on the running server.</summary>
    /// <param name="ServerId">Of the process whose children serve the sessions.</param>
    private sealed record Session(string Bin, string Folder, int ServerId)
    {
        /// <summary>The CPU time is the server's, which a session adds to when it ends.</summary>
        public async Task<Figure> MeasureAsync(IEnumerable<string> sql, CancellationToken cancellationToken)
        {
            var (before, watch) = (ServerCpuSeconds(), Stopwatch.StartNew());
            await RunAsync(sql, cancellationToken);
            var seconds = watch.Elapsed.TotalSeconds;
            await Task.Delay(SessionEnd, cancellationToken);
            return new(seconds, ServerCpuSeconds() - before, PeakMiB: null);
        }

        public async Task<DeltaTally> TakeDeltaAsync(CancellationToken cancellationToken)
        {
            var file = Path.GetTempFileName();
            await RunAsync(
                [$"\\copy (SELECT kind, {SqlDelta.AllColumns} FROM {SqlDelta.Table}) TO '{file}' (FORMAT csv)", $"DROP TABLE IF EXISTS {SqlDelta.Table}, come, gone"],
                cancellationToken);
            var tally = new DeltaTally();
            tally.AddFile(file);
            File.Delete(file);
            return tally;
        }

        private Task<string> RunAsync(IEnumerable<string> sql, CancellationToken cancellationToken) => ChildProcess.RunAsync(
            new(Path.Combine(Bin, "psql"), ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", Folder, "-U", "postgres", "-d", "postgres", .. sql.SelectMany(statement => new[] { "-c", statement })]),
            cancellationToken);

        /// <summary>User and system time of the server and its ended children; null where the system does not tell.</summary>
        private double? ServerCpuSeconds()
        {
            const int ticksPerSecond = 100; // sysconf(_SC_CLK_TCK) on Linux
            var file = $"/proc/{ServerId}/stat";
            if (!File.Exists(file))
            {
                return null;
            }

            // pid (name) state ppid …; behind the name's last bracket, fields 14 to 17 of proc(5) are utime, stime, cutime and cstime.
            var text = File.ReadAllText(file);
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[11..15].Sum(field => double.Parse(field, CultureInfo.InvariantCulture)) / ticksPerSecond;
        }
    }
}
