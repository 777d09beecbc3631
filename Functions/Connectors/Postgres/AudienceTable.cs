using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;
using Npgsql;

namespace AudienceSync.Connectors.Postgres;

/// <summary>The table of an audience: found and checked, or created.</summary>
internal sealed class AudienceTable(NpgsqlConnection connection, TableName table, AudienceShape shape, ConnectorSettings settings, TimeProvider time)
{
    private readonly ImmutableArray<Exchange>.Builder _exchanges = ImmutableArray.CreateBuilder<Exchange>();

    /// <summary>Columns that are written, and the key of a row.</summary>
    private ImmutableArray<(string Name, CellType Type)> Columns => shape.Form is DeliveryForm.Events
        ? [.. TablePlan.EventColumns, .. shape.Fields.Select(target => (target.Name, target.Type))]
        : [.. shape.Fields.Select(target => (target.Name, target.Type)), .. PostgresSettings.MarkIn(settings) is { } mark ? [(mark, CellType.DateTime)] : (ImmutableArray<(string, CellType)>)[]];

    private ImmutableArray<string> Keys => shape.Form is DeliveryForm.Events ? [TablePlan.EventId] : [.. shape.Fields.Where(target => target.IsKey).Select(target => target.Name)];

    public async Task<AudienceReport> ResolveAsync(bool mayCreate, CancellationToken cancellationToken)
    {
        var isThere = await ExistsAsync(cancellationToken);
        if (!isThere && !mayCreate)
        {
            return new(null, Failure: null, _exchanges.ToImmutable());
        }

        if (!isThere)
        {
            await CreateAsync(cancellationToken);
        }

        var failure = await CheckAsync(cancellationToken);
        return new(failure is null ? table.ToString() : null, failure, _exchanges.ToImmutable());
    }

    /// <summary>Why rows cannot be written there; null when they can.</summary>
    public async Task<DeliveryOutcome?> CheckAsync(CancellationToken cancellationToken)
    {
        var there = await ReadColumnsAsync(cancellationToken);
        if (there.Count == 0)
        {
            return new DeliveryOutcome.Misconfigured("table_missing", $"There is no table {table}, or the connection's user must not see it.");
        }

        if (Columns.Where(column => !there.Contains(column.Name)).ToList() is { Count: > 0 } missing)
        {
            var add = string.Join(", ", missing.Select(column => $"ADD COLUMN {SqlNames.Quote(column.Name)} {TypeOf(column.Type)}"));
            return new DeliveryOutcome.Misconfigured(
                "column_missing", $"The table {table} has no column {string.Join(", ", missing.Select(column => $"'{column.Name}'"))}. Map to its columns, or: ALTER TABLE {table.Sql} {add}.");
        }

        return await IsUniqueAsync(cancellationToken) ? null : new DeliveryOutcome.Misconfigured(
            "key_missing", $"The table {table} does not tell rows apart by {string.Join(", ", Keys.Select(key => $"'{key}'"))}. CREATE UNIQUE INDEX ON {table.Sql} ({SqlNames.QuoteAll(Keys)}).");
    }

    private Task<bool> ExistsAsync(CancellationToken cancellationToken) => AskAsync(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2)", cancellationToken);

    /// <summary>Whoever lost a race to create it finds it.</summary>
    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        var columns = Columns.Select(column => $"{SqlNames.Quote(column.Name)} {TypeOf(column.Type)}");
        var sql = $"CREATE TABLE IF NOT EXISTS {table.Sql} ({string.Join(", ", columns)}, PRIMARY KEY ({SqlNames.QuoteAll(Keys)}))";
        var started = time.GetTimestamp();
        string? failure = null;
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject)
        {
            failure = e.SqlState;
        }

        var statement = new TableStatement("CREATE", sql, []) { WriteRow = TableStatement.WriteFields };
        _exchanges.Add(TableWriter.Show(statement, PostgresSettings.AddressOf(settings), rows: null) with
        {
            Status = failure is null ? 200 : 0,
            Duration = time.GetElapsedTime(started),
            Failure = failure,
        });
    }

    private async Task<HashSet<string>> ReadColumnsAsync(CancellationToken cancellationToken)
    {
        await using var command = Command(
            """
            SELECT a.attname::text FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped
            """);
        var columns = new HashSet<string>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            columns.Add(reader.GetString(0));
        }

        return columns;
    }

    /// <summary>Whether a unique index, over all rows, has exactly the key's columns: what ON CONFLICT asks for.</summary>
    private async Task<bool> IsUniqueAsync(CancellationToken cancellationToken)
    {
        await using var command = Command(
            """
            SELECT EXISTS (
              SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = $1 AND c.relname = $2 AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
                AND (SELECT array_agg(a.attname::text ORDER BY a.attname::text)
                     FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
                  = (SELECT array_agg(k ORDER BY k) FROM unnest($3) AS k))
            """);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. Keys], NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Text });
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private async Task<bool> AskAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = Command(sql);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private NpgsqlCommand Command(string sql)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = table.Schema, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = table.Name, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        return command;
    }

    private static string TypeOf(CellType type) => type switch
    {
        CellType.Integer => "bigint",
        CellType.Decimal => "numeric",
        CellType.Boolean => "boolean",
        CellType.DateTime => "timestamptz",
        CellType.Date => "date",
        CellType.TextList => "text[]",
        _ => "text",
    };
}
