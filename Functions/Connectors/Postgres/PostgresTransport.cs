using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using Npgsql;

namespace AudienceSync.Connectors.Postgres;

/// <summary>Writes members, or events about them, to tables of a PostgreSQL database: one transaction a batch.</summary>
public sealed class PostgresTransport(PostgresAccess access) : ITransport
{
    public string Type => PostgresConnector.TypeName;

    public async Task<DeliveryReport> DeliverAsync(ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken)
    {
        // The connector's checks let no other batch pass.
        var table = TableName.Of(batch.Audience, settings)!;
        TableWriter? writer = null;
        NpgsqlConnection? connection = null;
        try
        {
            connection = await access.OpenAsync(settings, PostgresConnector.CallTimeout, cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            writer = new(transaction, batch, PostgresSettings.AddressOf(settings), access.Time);
            foreach (var statement in TablePlan.Of(batch, table, settings))
            {
                await writer.WriteAsync(statement, cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return new(new DeliveryOutcome.Settled(writer.Outcomes), writer.Exchanges);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && PostgresErrors.Read(e) is { } outcome)
        {
            var shape = new AudienceShape(batch.Form, [.. batch.FieldNames.Select(name => new AudienceField(name, Values.CellType.Text, batch.KeyNames.Contains(name)))]);
            var why = e is PostgresException error && PostgresErrors.IsAboutTable(error) && connection is not null
                ? await ExplainAsync(connection, table, shape, settings, cancellationToken) ?? outcome
                : outcome;
            return new(why, writer?.Exchanges ?? []);
        }
        finally
        {
            await (connection?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    public ImmutableArray<Exchange> Preview(ConnectorSettings settings, DeliveryBatch batch) => TableName.Of(batch.Audience, settings) is { } table
        ? [.. TablePlan.Of(batch, table, settings).Select(statement => TableWriter.Show(statement, PostgresSettings.AddressOf(settings), statement.RowsOf(batch)))]
        : [];

    public async Task<AudienceReport> ResolveAudienceAsync(ConnectorSettings settings, AudienceRef audience, bool mayCreate, CancellationToken cancellationToken)
    {
        if (TableName.Of(audience, settings) is not { } table || audience.Shape is not { } shape)
        {
            return new(null, new DeliveryOutcome.Misconfigured("audience_missing", "The audience has no name that a table can have. Name the table in the destination's audience.externalId."), []);
        }

        try
        {
            await using var connection = await access.OpenAsync(settings, PostgresConnector.CallTimeout, cancellationToken);
            return await new AudienceTable(connection, table, shape, settings, access.Time).ResolveAsync(mayCreate, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && PostgresErrors.Read(e) is { } outcome)
        {
            return new(null, outcome, []);
        }
    }

    public Task<ImmutableArray<CheckStep>> CheckAsync(ConnectorSettings settings, CancellationToken cancellationToken) =>
        new PostgresCheck(access, settings).RunAsync(cancellationToken);

    /// <summary>What exactly the table lacks; null when it cannot be told.</summary>
    private async Task<DeliveryOutcome?> ExplainAsync(
        NpgsqlConnection connection, TableName table, AudienceShape shape, ConnectorSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            return await new AudienceTable(connection, table, shape, settings, access.Time).CheckAsync(cancellationToken);
        }
        catch (NpgsqlException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
