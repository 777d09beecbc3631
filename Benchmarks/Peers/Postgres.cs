using System.Diagnostics;
using System.Globalization;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Processes;
using AudienceSync.Local;

namespace AudienceSync.Benchmarks.Peers;

/// <summary>PostgreSQL: a server of its own in a temporary folder, reached through a Unix socket, its tables unlogged.</summary>
/// <remarks>Started as root, it runs as the user <c>postgres</c>, because PostgreSQL refuses to run as root.</remarks>
internal sealed class Postgres(int threads) : IDeltaPeer
{
    private const string Create = "CREATE UNLOGGED TABLE";
    private static readonly TimeSpan SessionEnd = TimeSpan.FromMilliseconds(500); // the server notices it a moment later

    public string Name => "postgres";

    public async Task<IReadOnlyList<PeerFigure>> MeasureAsync(string olderCsv, string newerCsv, CancellationToken cancellationToken)
    {
        try
        {
            await using var server = await PostgresServer.StartAsync(new() { Settings = [.. ServerSettings()] }, cancellationToken);
            return await MeasureAsync(new(server), olderCsv, newerCsv, cancellationToken);
        }
        catch (PostgresServerException exception)
        {
            throw new BenchmarkException(exception.Message, exception);
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

    private IEnumerable<string> ServerSettings() =>
    [
        "autovacuum=off", "wal_level=minimal", "max_wal_senders=0", "max_wal_size=8GB", "shared_buffers=1GB", "work_mem=1GB", "maintenance_work_mem=1GB", "jit=off",
        "log_min_messages=panic", string.Create(CultureInfo.InvariantCulture, $"max_parallel_workers_per_gather={threads - 1}"),
    ];

    /// <summary>Statements on the running server.</summary>
    private sealed record Session(PostgresServer Server)
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
            new(
                Path.Combine(Server.Programs, "psql"),
                ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", Server.Folder, "-p", Server.Port.ToString(CultureInfo.InvariantCulture), "-U", PostgresServer.User, "-d", "postgres", .. sql.SelectMany(statement => new[] { "-c", statement })]),
            cancellationToken);

        /// <summary>User and system time of the server and its ended children; null where the system does not tell.</summary>
        private double? ServerCpuSeconds()
        {
            const int ticksPerSecond = 100; // sysconf(_SC_CLK_TCK) on Linux
            var file = $"/proc/{Server.ServerId}/stat";
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
