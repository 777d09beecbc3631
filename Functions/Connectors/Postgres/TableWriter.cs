using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using Npgsql;
using NpgsqlTypes;

namespace AudienceSync.Connectors.Postgres;

/// <summary>Carries out the statements of a batch in one transaction. A row that the table does not take is found by halving, behind a savepoint, and the others are taken.</summary>
internal sealed class TableWriter(NpgsqlTransaction transaction, DeliveryBatch batch, string address, TimeProvider time)
{
    private const string Savepoint = "rows";

    private readonly ImmutableArray<Exchange>.Builder _exchanges = ImmutableArray.CreateBuilder<Exchange>();
    private readonly RowOutcome[] _outcomes = [.. Enumerable.Repeat(RowOutcome.Accepted, batch.Rows.Length)];

    public ImmutableArray<Exchange> Exchanges => _exchanges.ToImmutable();

    /// <summary>In the order of the batch; they count once the transaction is committed.</summary>
    public ImmutableArray<RowOutcome> Outcomes => [.. _outcomes];

    /// <exception cref="NpgsqlException">What went wrong is not about single rows.</exception>
    public async Task WriteAsync(TableStatement statement, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            await ExecuteAsync(statement, cancellationToken);
            await transaction.ReleaseAsync(Savepoint, cancellationToken);
            return;
        }
        catch (PostgresException e) when (PostgresErrors.IsAboutRows(e))
        {
            await transaction.RollbackAsync(Savepoint, cancellationToken);
            await transaction.ReleaseAsync(Savepoint, cancellationToken);
            if (statement.Places is [var place])
            {
                _outcomes[place] = PostgresErrors.OfRow(e);
                return;
            }
        }

        var half = statement.Places.Length / 2;
        await WriteAsync(statement with { Places = statement.Places[..half] }, cancellationToken);
        await WriteAsync(statement with { Places = statement.Places[half..] }, cancellationToken);
    }

    /// <summary>The statement as it is recorded: with the number of rows, not with their values.</summary>
    /// <param name="rows">The values, for a preview; null for none.</param>
    public static Exchange Show(TableStatement statement, string address, ReadOnlyMemory<byte>? rows)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("statement", statement.Sql);
            json.WriteNumber("rows", statement.Places.Length);
            if (rows is { } values)
            {
                json.WritePropertyName("values");
                json.WriteRawValue(values.Span);
            }

            json.WriteEndObject();
        }

        return new(statement.Verb, address, [], System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan), 0, [], null, TimeSpan.Zero, null);
    }

    private async Task ExecuteAsync(TableStatement statement, CancellationToken cancellationToken)
    {
        var shown = Show(statement, address, rows: null);
        var started = time.GetTimestamp();
        try
        {
            await using var command = new NpgsqlCommand(statement.Sql, transaction.Connection, transaction);
            command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = statement.RowsOf(batch), NpgsqlDbType = NpgsqlDbType.Json });
            if (statement.Mark is { } mark)
            {
                command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = mark.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            }

            var affected = statement.AnswersFound ? await ReadFoundAsync(command, statement, cancellationToken) : await command.ExecuteNonQueryAsync(cancellationToken);
            _exchanges.Add(shown with { Status = 200, ResponseBody = $"{{\"rows\":{affected}}}", Duration = time.GetElapsedTime(started) });
        }
        catch (NpgsqlException e)
        {
            _exchanges.Add(shown with { Duration = time.GetElapsedTime(started), Failure = (e as PostgresException)?.SqlState ?? "connection_failed" });
            throw;
        }
    }

    /// <summary>Rows that the table does not have are rejected: nobody is put there by an update.</summary>
    private async Task<int> ReadFoundAsync(NpgsqlCommand command, TableStatement statement, CancellationToken cancellationToken)
    {
        var found = new HashSet<long>();
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                found.Add(reader.GetInt64(0));
            }
        }

        foreach (var (number, place) in statement.Places.Index())
        {
            _outcomes[place] = found.Contains(number + 1)
                ? RowOutcome.Accepted
                : new(RowFate.Rejected, "not_in_table", "The table has no such row, and an update makes none.");
        }

        return found.Count;
    }
}
