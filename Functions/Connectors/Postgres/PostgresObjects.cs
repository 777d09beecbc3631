using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using Npgsql;
using NpgsqlTypes;

namespace AudienceSync.Connectors.Postgres;

/// <summary>Tables and views that a connection's user may use, of every schema but the server's own.</summary>
public sealed class PostgresObjects(PostgresAccess access) : IObjectBrowser
{
    /// <summary>Relations that hold rows: tables, partitioned and foreign ones, views, materialised views. What nobody may read or write is left out.</summary>
    private const string Relations =
        """
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
          AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE')
        """;

    /// <summary>As <see cref="TableName.ToString"/> spells it: it is also the order, byte by byte.</summary>
    private const string Name =
        """
        (CASE WHEN n.nspname::text ~ '[."]' THEN '"' || replace(n.nspname::text, '"', '""') || '"' ELSE n.nspname::text END || '.'
          || CASE WHEN c.relname::text ~ '[."]' THEN '"' || replace(c.relname::text, '"', '""') || '"' ELSE c.relname::text END) COLLATE "C"
        """;

    public string Type => PostgresConnector.TypeName;

    public Task<ImmutableArray<RemoteObject>> ListAsync(ConnectorSettings settings, string? search, int limit, string? after, CancellationToken cancellationToken) => ReadAsync(
        settings,
        $"""
        SELECT o.name, o.kind, o.writes FROM (
          SELECT {Name} AS name, CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materializedView' ELSE 'table' END AS kind,
                 c.relkind IN ('r', 'p', 'f') AND has_table_privilege(c.oid, 'INSERT') AS writes
          {Relations}) AS o
        WHERE ($1 = '' OR strpos(lower(o.name), lower($1)) > 0) AND o.name > $2 COLLATE "C" ORDER BY o.name LIMIT $3
        """,
        [Text(search ?? ""), Text(after ?? ""), new NpgsqlParameter<int> { TypedValue = limit }],
        reader => new RemoteObject(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2)),
        cancellationToken);

    public async Task<ImmutableArray<RemoteField>> ListFieldsAsync(ConnectorSettings settings, string name, CancellationToken cancellationToken) =>
        TableName.Parse(name, PostgresSettings.Schema.In(settings)) is not { } table ? [] : await ReadAsync(
            settings,
            $"""
            SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull AND NOT a.atthasdef AND a.attidentity = '',
                   EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum)
            FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = (SELECT c.oid {Relations} AND n.nspname = $1 AND c.relname = $2) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
            """,
            [Text(table.Schema), Text(table.Name)],
            reader => new RemoteField(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2), reader.GetBoolean(3)),
            cancellationToken);

    private async Task<ImmutableArray<T>> ReadAsync<T>(
        ConnectorSettings settings, string sql, NpgsqlParameter[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await access.OpenAsync(settings, PostgresConnector.CheckTimeout, cancellationToken);
            await using var command = new NpgsqlCommand(sql, connection);
            command.Parameters.AddRange(parameters);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var found = ImmutableArray.CreateBuilder<T>();
            while (await reader.ReadAsync(cancellationToken))
            {
                found.Add(read(reader));
            }

            return found.ToImmutable();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && PostgresErrors.Read(e) is { } outcome)
        {
            throw new SourceFaultException(outcome);
        }
    }

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };
}
