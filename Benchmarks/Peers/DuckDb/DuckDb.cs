using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Processes;

namespace AudienceSync.Benchmarks.Peers.DuckDb;

/// <summary>DuckDB, from the npm package that brings its binaries; a process for each figure.</summary>
internal sealed class DuckDb
{
    public const string Version = "1.5.6-r.1";
    private const string Package = "@duckdb/node-api";

    private readonly string _home;
    private readonly string _script;
    private readonly string _scratch;
    private readonly int _threads;

    private DuckDb(string home, string script, string scratch, int threads) => (_home, _script, _scratch, _threads) = (home, script, scratch, threads);

    /// <exception cref="BenchmarkException">npm or Node.js is missing, or the registry cannot be reached.</exception>
    public static async Task<DuckDb> InstallAsync(string scratch, int threads, CancellationToken cancellationToken)
    {
        var home = await NpmPackage.EnsureAsync(Package, Version, cancellationToken);
        var script = Path.Combine(scratch, "duckdb.mjs");
        await using (var file = File.Create(script))
        await using (var resource = typeof(DuckDb).Assembly.GetManifestResourceStream("duckdb.mjs")!)
        {
            await resource.CopyToAsync(file, cancellationToken);
        }

        return new(home, script, scratch, threads);
    }

    /// <summary>Runs statements in a fresh database in memory, which may spill to disk; what is measured is the timed ones.</summary>
    /// <returns>The figure, and the rows of the last timed statement.</returns>
    /// <exception cref="BenchmarkException">A statement failed.</exception>
    public async Task<(Figure Figure, JsonArray Rows)> RunAsync(
        IEnumerable<string> setup, IEnumerable<string> timed, IEnumerable<string> after, CancellationToken cancellationToken)
    {
        var spec = new JsonObject
        {
            ["threads"] = _threads,
            ["temp"] = Path.Combine(_scratch, "duckdb-spill"),
            ["setup"] = new JsonArray([.. setup.Select(sql => (JsonNode)sql)]),
            ["timed"] = new JsonArray([.. timed.Select(sql => (JsonNode)sql)]),
            ["after"] = new JsonArray([.. after.Select(sql => (JsonNode)sql)]),
        };
        var answer = await ChildProcess.RunForJsonAsync(new("node", [_script, _home, spec.ToJsonString()]), cancellationToken);
        return (Figure.Read(answer), answer["rows"]!.AsArray());
    }
}
