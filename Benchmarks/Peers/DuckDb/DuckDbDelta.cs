using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Sample;

namespace AudienceSync.Benchmarks.Peers.DuckDb;

/// <summary>The delta of two generations in DuckDB: from Parquet files, as rows of a table in memory.</summary>
/// <param name="scratch">Where its files lie.</param>
internal sealed class DuckDbDelta(DuckDb duckDb, string scratch)
{
    private const string Types =
        "{'id': 'VARCHAR', 'email': 'VARCHAR', 'phone': 'VARCHAR', 'first_name': 'VARCHAR', 'last_name': 'VARCHAR', 'amount': 'DECIMAL(12,2)', 'day': 'DATE'}";

    private const string Create = "CREATE TEMP TABLE";

    /// <summary>Turns a CSV file into a Parquet file.</summary>
    /// <param name="isSorted">By id, as a store that is read again and again would keep it.</param>
    public async Task<Figure> StoreAsync(string csv, string parquet, bool isSorted, CancellationToken cancellationToken) =>
        (await duckDb.RunAsync([], [Store(csv, parquet, isSorted)], [], cancellationToken)).Figure;

    /// <summary>Every entered, exited and changed row with its attributes, by a full outer join.</summary>
    public Task<(Figure, DeltaTally)> FullJoinAsync(string older, string newer, CancellationToken cancellationToken) =>
        RowsAsync([Join(older, newer)], cancellationToken);

    /// <summary>The same rows, by EXCEPT both ways.</summary>
    public Task<(Figure, DeltaTally)> ExceptAsync(string older, string newer, CancellationToken cancellationToken) => RowsAsync(SqlDelta.Except($"'{older}'", $"'{newer}'", Create), cancellationToken);

    /// <summary>CSV of the newer generation to a stored, sorted Parquet file, and its delta to the stored older one.</summary>
    public Task<(Figure, DeltaTally)> EndToEndAsync(string older, string newerCsv, string newer, CancellationToken cancellationToken) =>
        RowsAsync([Store(newerCsv, newer, isSorted: true), Join(older, newer)], cancellationToken);

    /// <summary>How many entered, exited and changed, without their rows.</summary>
    public async Task<(Figure, DeltaTally)> CountAsync(string older, string newer, CancellationToken cancellationToken)
    {
        var (figure, rows) = await duckDb.RunAsync(
            [],
            [
                $"""
                SELECT count(*) FILTER (WHERE a.id IS NULL), count(*) FILTER (WHERE b.id IS NULL),
                  count(*) FILTER (WHERE a.id IS NOT NULL AND b.id IS NOT NULL AND ({SqlDelta.Differs}))
                FROM '{older}' a FULL OUTER JOIN '{newer}' b ON a.id = b.id
                """,
            ],
            [],
            cancellationToken);
        var counts = rows[0]!.AsArray();
        var tally = new DeltaTally();
        tally.Count(DeltaKind.Entered, Number(counts[0]));
        tally.Count(DeltaKind.Exited, Number(counts[1]));
        tally.Count(DeltaKind.Changed, Number(counts[2]));
        return (figure, tally);
    }

    private async Task<(Figure, DeltaTally)> RowsAsync(IEnumerable<string> timed, CancellationToken cancellationToken)
    {
        // Written and read after the clock has stopped: only to check the rows.
        var file = Path.Combine(scratch, $"duckdb-delta-{Guid.NewGuid():N}.csv");
        var (figure, _) = await duckDb.RunAsync(
            [], timed, [$"COPY (SELECT kind, {SqlDelta.AllColumns} FROM {SqlDelta.Table}) TO '{file}' (FORMAT csv, HEADER false)"], cancellationToken);
        var tally = new DeltaTally();
        tally.AddFile(file);
        File.Delete(file);
        return (figure, tally);
    }

    private static string Store(string csv, string parquet, bool isSorted) =>
        $"COPY (SELECT * FROM read_csv('{csv}', header = false, delim = ',', quote = '', escape = '', columns = {Types}){(isSorted ? " ORDER BY id" : "")}) TO '{parquet}' (FORMAT parquet)";

    private static string Join(string older, string newer) => SqlDelta.Join($"'{older}'", $"'{newer}'", Create);

    private static long Number(JsonNode? count) => long.Parse(count!.ToString(), CultureInfo.InvariantCulture);
}
