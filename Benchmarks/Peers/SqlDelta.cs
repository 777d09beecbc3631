using AudienceSync.Benchmarks.Sample;

namespace AudienceSync.Benchmarks.Peers;

/// <summary>The delta of two tables or files in SQL that DuckDB, PostgreSQL and SQLite share.</summary>
internal static class SqlDelta
{
    /// <summary>The table that the statements below write.</summary>
    public const string Table = "delta";

    public static readonly string AllColumns = string.Join(", ", MemberText.Columns);

    /// <summary>Whether two rows of one id have different attributes.</summary>
    public static readonly string Differs = string.Join(" OR ", MemberText.Columns[1..].Select(column => $"a.{column} IS DISTINCT FROM b.{column}"));

    /// <summary>Every entered, exited and changed row, by a full outer join.</summary>
    /// <param name="create">Begins the statement: <c>CREATE TEMP TABLE</c> or the like.</param>
    public static string Join(string older, string newer, string create)
    {
        var columns = string.Join(", ", MemberText.Columns.Select(column => $"CASE WHEN b.id IS NULL THEN a.{column} ELSE b.{column} END AS {column}"));
        return $"""
            {create} {Table} AS
            SELECT CASE WHEN a.id IS NULL THEN 'E' WHEN b.id IS NULL THEN 'X' ELSE 'C' END AS kind, {columns}
            FROM {older} a FULL OUTER JOIN {newer} b ON a.id = b.id
            WHERE a.id IS NULL OR b.id IS NULL OR {Differs}
            """;
    }

    /// <summary>The same rows, by EXCEPT both ways.</summary>
    public static string[] Except(string older, string newer, string create) =>
    [
        $"{create} gone AS SELECT * FROM {older} EXCEPT SELECT * FROM {newer}",
        $"{create} come AS SELECT * FROM {newer} EXCEPT SELECT * FROM {older}",
        Join("gone", "come", create),
    ];
}
