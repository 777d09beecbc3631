using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace AudienceSync.Benchmarks.Reports;

/// <summary>A line of the table in the README: a figure of a saved result beside what it must reach.</summary>
/// <param name="Result">Name of the command that measured it.</param>
/// <param name="Size">Property of the result that says how much was measured.</param>
/// <param name="Wanted">In words.</param>
/// <param name="Read">The figure in words; null when the result lacks it.</param>
internal sealed record Goal(string Result, string Size, string What, string Wanted, Func<JsonNode, string?> Read)
{
    private const string Members = "members";

    public static ImmutableArray<Goal> All { get; } =
    [
        new("diff", Members, "full delta against DuckDB's full outer join of two Parquet files", "≥ 12 ×", Times("ratio")),
        new("diff", Members, "its CPU time · its memory, against the same", "", json => Join(Times("cpuRatio")(json), Times("memoryRatio")(json))),
        new("diff", Members, "its peak memory", "≤ 96 MiB", Number("oursPeakMiB", "MiB")),
        new("diff", Members, "its seconds on all threads · on one · DuckDB's", "", json => Join(Number("oursSeconds", "s")(json), Number("oursOneThreadSeconds", "s")(json), Number("duckdbSeconds", "s")(json))),
        new("diff", Members, "counts only, against the same join", "≥ 25 ×", Times("countsRatio")),
        new("diff", Members, "nothing changed, against the same join", "≥ 40 ×", Times("unchangedRatio")),
        new("diff", Members, "CSV to stored generation to delta, against DuckDB doing the same", "≥ 3 ×", Times("endToEndRatio")),
        new("diff", Members, "its CPU time, against the same", "≥ 3.5 ×", Times("endToEndCpuRatio")),
        new("diff", Members, "PostgreSQL full join · EXCEPT (tables loaded)", "", json => Join(Number("postgresJoinSeconds", "s")(json), Number("postgresExceptSeconds", "s")(json))),
        new("diff", Members, "SQLite full join · EXCEPT (tables loaded)", "", json => Join(Number("sqliteJoinSeconds", "s")(json), Number("sqliteExceptSeconds", "s")(json))),
        new("diff", Members, "sort + comm", "", Number("sortCommSeconds", "s")),
        new("snapshot", Members, "stream of rows to sealed generation", "≥ 2.8 M rows/s", Number("rowsPerSecond", "rows/s")),
        new("snapshot", Members, "its bytes a member", "≤ 66", Number("bytesPerMember", "")),
        new("snapshot", Members, "its bytes allocated a member", "≤ 12", Number("allocatedBytesPerMember", "")),
        new("snapshot", Members, "its peak memory", "≤ 160 MiB", Number("peakMiB", "MiB")),
        new("rules", "profiles", "six-condition rule against a JsonDocument interpreter", "≥ 60 ×", Times("ratio")),
        new("rules", "profiles", "its speed, page decoding included", "≥ 50 M profiles/s", Number("oursProfilesPerSecond", "profiles/s")),
        new("storage", Members, "requests, of an entity a member", "≤ 1 %", Percent("requestsShareOfRows")),
        new("storage", Members, "bytes on the wire, of an entity a member", "≤ 15 %", Percent("bytesShareOfRows")),
        new("storage", Members, "client CPU, of an entity a member", "≤ 10 %", Percent("cpuShareOfRows")),
        new("pipeline", Members, "first sync", "≤ 60 s", Number("firstSyncSeconds", "s")),
        new("pipeline", Members, "day two · quiet run", "quiet ≤ 10 s", json => Join(Number("secondSyncSeconds", "s")(json), Number("quietRunSeconds", "s")(json))),
        new("pipeline", Members, "peak memory of the app: first sync · day two · quiet run", "≤ 300 MiB", json => Join(Number("firstSyncPeakMiB", "MiB")(json), Number("secondSyncPeakMiB", "MiB")(json), Number("quietRunPeakMiB", "MiB")(json))),
        new("payload", Members, "Meta, 1 hashed field · 4, against a plain loop", "", json => Join(Times("metaOneRatio")(json), Times("metaFourRatio")(json))),
        new("payload", Members, "webhook · Klaviyo, against a plain loop", "", json => Join(Times("webhookRatio")(json), Times("klaviyoRatio")(json))),
        new("deliver", Members, "delivered to a sink, of what one core serialises", "", Percent("shareOfSerialising")),
        new("deliver", Members, "the same beside a slow destination, of its speed alone", "", Percent("shareBesideSlow")),
    ];

    private static Func<JsonNode, string?> Times(string name) => json => (double?)json[name] is { } ratio ? Table.Times(ratio) : null;

    private static Func<JsonNode, string?> Number(string name, string unit) => json => (double?)json[name] is { } number ? $"{Table.Number(number)} {unit}".TrimEnd() : null;

    private static Func<JsonNode, string?> Percent(string name) => json => (double?)json[name] is { } share ? $"{Table.Number(share * 100)} %" : null;

    private static string? Join(params string?[] figures) => figures.All(figure => figure is null) ? null : string.Join(" · ", figures.Select(figure => figure ?? "–"));
}
