using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Processes;
using AudienceSync.Benchmarks.Sample;
using Microsoft.Data.Sqlite;

namespace AudienceSync.Benchmarks.Peers;

/// <summary>SQLite, without journal and with a large cache.</summary>
internal sealed class Sqlite(string scratch) : IDeltaPeer
{
    public const string LoadWork = "sqlite-load";
    public const string DeltaWork = "sqlite-delta";

    private const string Create = "CREATE TEMP TABLE";
    private const string Settings = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -1000000; PRAGMA locking_mode = EXCLUSIVE;";

    public string Name => "sqlite";

    public async Task<IReadOnlyList<PeerFigure>> MeasureAsync(string olderCsv, string newerCsv, CancellationToken cancellationToken)
    {
        var database = Path.Combine(scratch, "sqlite.db");
        var load = await WorkerProcess.RunAsync(LoadWork, new() { ["database"] = database, ["older"] = olderCsv, ["newer"] = newerCsv }, cancellationToken);
        var join = await WorkerProcess.RunAsync(DeltaWork, new() { ["database"] = database, ["except"] = false }, cancellationToken);
        var except = await WorkerProcess.RunAsync(DeltaWork, new() { ["database"] = database, ["except"] = true }, cancellationToken);
        File.Delete(database);
        return
        [
            new("sqliteLoad", "SQLite: load both tables, index ids", Figure.Read(load), null),
            new("sqliteJoin", "SQLite: full outer join", Figure.Read(join), DeltaTally.Read(join["delta"]!)),
            new("sqliteExcept", "SQLite: EXCEPT both ways", Figure.Read(except), DeltaTally.Read(except["delta"]!)),
        ];
    }

    public static async Task<JsonObject> LoadAsync(JsonObject input, CancellationToken cancellationToken)
    {
        using var connection = Open((string)input["database"]!);
        return (await Probe.MeasureAsync(() =>
        {
            Load(connection, "older", (string)input["older"]!);
            Load(connection, "newer", (string)input["newer"]!);
            Execute(connection, "ANALYZE");
        })).ToJson();
    }

    public static async Task<JsonObject> DeltaAsync(JsonObject input, CancellationToken cancellationToken)
    {
        using var connection = Open((string)input["database"]!);
        var figure = await Probe.MeasureAsync(() =>
        {
            string[] statements = (bool)input["except"]! ? SqlDelta.Except("older", "newer", Create) : [SqlDelta.Join("older", "newer", Create)];
            Array.ForEach(statements, sql => Execute(connection, sql));
        });
        var json = figure.ToJson();
        json["delta"] = Read(connection).ToJson();
        return json;
    }

    private static SqliteConnection Open(string database)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Pooling = false }.ToString());
        connection.Open();
        Execute(connection, Settings);
        return connection;
    }

    private static void Load(SqliteConnection connection, string table, string csv)
    {
        Execute(connection, $"CREATE TABLE {table} ({string.Join(", ", MemberText.Columns.Select(column => $"{column} TEXT"))})");
        using (var transaction = connection.BeginTransaction())
        {
            using var insert = connection.CreateCommand();
            insert.CommandText = $"INSERT INTO {table} VALUES ({string.Join(", ", MemberText.Columns.Select(column => $"${column}"))})";
            var values = MemberText.Columns.Select(column => insert.Parameters.Add($"${column}", SqliteType.Text)).ToArray();
            insert.Prepare();
            foreach (var line in File.ReadLines(csv))
            {
                var fields = line.Split(',');
                for (var i = 0; i < values.Length; i++)
                {
                    values[i].Value = fields[i];
                }

                insert.ExecuteNonQuery();
            }

            transaction.Commit();
        }

        // After the rows: sorting once is quicker than an index that grows with each of them.
        Execute(connection, $"CREATE UNIQUE INDEX {table}_id ON {table} (id)");
    }

    private static DeltaTally Read(SqliteConnection connection)
    {
        using var select = connection.CreateCommand();
        select.CommandText = $"SELECT kind, {SqlDelta.AllColumns} FROM {SqlDelta.Table}";
        using var reader = select.ExecuteReader();
        var tally = new DeltaTally();
        while (reader.Read())
        {
            tally.AddLine(string.Join(',', Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)));
        }

        return tally;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }
}
