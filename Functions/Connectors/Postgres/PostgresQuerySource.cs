using System.Collections.Immutable;
using System.Globalization;
using AudienceSync.Connectors.Kit;
using Npgsql;
using NpgsqlTypes;

namespace AudienceSync.Connectors.Postgres;

/// <summary>Reads members from a query on a PostgreSQL database, in a transaction that may only read.</summary>
/// <remarks>
/// Whether a text is one query, the server says: it must stand for itself as one statement, and as a sub-query, which only SELECT, VALUES, TABLE and WITH do, and no
/// statement that changes anything. What the query's functions may still do, the rights of the connection's user say.
/// </remarks>
public sealed class PostgresQuerySource(PostgresAccess access) : IQuerySource
{
    private const string AsOf = "asOf";
    private const string Id = "audience_sync_id";

    public string Type => PostgresConnector.TypeName;

    public async Task<ImmutableArray<QueryColumn>> DescribeAsync(ConnectorSettings settings, string query, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await access.OpenAsync(settings, PostgresConnector.CheckTimeout, cancellationToken);
            await using var transaction = await BeginAsync(connection, PostgresConnector.CheckTimeout, cancellationToken);
            if (Bare(query) is not { Length: > 0 } bare)
            {
                throw new SourceFaultException(new DeliveryOutcome.Misconfigured("query_failed", "The query is empty. A source is one SELECT, or WITH … SELECT."));
            }

            await ReadShapeAsync(transaction, bare, asOf, cancellationToken);
            var whole = $"SELECT * FROM ({Wrap(query)}) AS q";
            var shape = await ReadShapeAsync(transaction, whole, asOf, cancellationToken);
            await CheckRightsAsync(transaction, whole, asOf, cancellationToken);
            var types = await ColumnTypes.ReadAsync(transaction, [.. shape.Select(column => column.Type)], cancellationToken);
            return [.. shape.Select(column => types[column.Type].Describe(column.Name))];
        }
        catch (Exception e) when (QueryErrors.Read(e, settings, cancellationToken) is { } outcome)
        {
            throw new SourceFaultException(outcome);
        }
    }

    public async Task<IQueryRows> OpenAsync(ConnectorSettings settings, QueryRequest request, CancellationToken cancellationToken)
    {
        var limit = PostgresSettings.QueryTimeIn(settings);
        NpgsqlConnection? connection = null;
        try
        {
            connection = await access.OpenAsync(settings, limit + PostgresConnector.CheckTimeout, cancellationToken);
            var transaction = await BeginAsync(connection, limit, cancellationToken);
            var batch = Batch(transaction, Select(request), request.AsOf);
            if (request.Id is { } id)
            {
                batch.BatchCommands[0].Parameters.Add(new NpgsqlParameter<string>(Id, id) { NpgsqlDbType = NpgsqlDbType.Text });
            }

            var reader = await batch.ExecuteReaderAsync(cancellationToken);
            return new PostgresRows(connection, batch, reader, request, settings);
        }
        catch (Exception e)
        {
            await (connection?.DisposeAsync() ?? ValueTask.CompletedTask);
            if (QueryErrors.Read(e, settings, cancellationToken) is { } outcome)
            {
                throw new SourceFaultException(outcome);
            }

            throw;
        }
    }

    private static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, TimeSpan limit, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var settings = string.Create(CultureInfo.InvariantCulture, $"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = {(long)limit.TotalMilliseconds}");
        await using var command = new NpgsqlCommand(settings, connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }

    /// <summary>A batch of one: only so Npgsql takes a text as one statement, and refuses others.</summary>
    private static NpgsqlBatch Batch(NpgsqlTransaction transaction, string sql, DateTimeOffset asOf)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<DateTime>(AsOf, asOf.UtcDateTime) { NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return new(transaction.Connection, transaction) { BatchCommands = { command } };
    }

    /// <summary>Names and types of the columns, by preparing the text; it is not run.</summary>
    private static async Task<List<(string Name, uint Type)>> ReadShapeAsync(NpgsqlTransaction transaction, string sql, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        await using var batch = Batch(transaction, sql, asOf);
        await using var reader = await batch.ExecuteReaderAsync(System.Data.CommandBehavior.SchemaOnly, cancellationToken);
        return [.. Enumerable.Range(0, reader.FieldCount).Select(column => (reader.GetName(column), reader.GetDataTypeOID(column)))];
    }

    /// <summary>A plan is made for whoever may run it: the server looks at rights only then. It is not run.</summary>
    private static async Task CheckRightsAsync(NpgsqlTransaction transaction, string sql, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        await using var batch = Batch(transaction, $"EXPLAIN {sql}", asOf);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Select(QueryRequest request)
    {
        var columns = request.Columns.Select(ColumnTypes.Select).Prepend(ColumnTypes.SelectId(request.Key));
        var key = $"q.{SqlNames.Quote(request.Key.Name)}";
        return $"SELECT {string.Join(", ", columns)} FROM ({Wrap(request.Query)}) AS q"
            + (request.Id is null ? "" : $" WHERE {ColumnTypes.SameId(request.Key, $"@{Id}")}")
            + (request.Limit is null ? $" ORDER BY {key}" : string.Create(CultureInfo.InvariantCulture, $" LIMIT {request.Limit}"));
    }

    /// <summary>On lines of its own: a comment at its end must not take our bracket.</summary>
    private static string Wrap(string query) => $"\n{Bare(query)}\n";

    /// <summary>Without the semicolon that ends it where people type queries.</summary>
    private static string Bare(string query) => query.Trim().TrimEnd(';').TrimEnd();
}
