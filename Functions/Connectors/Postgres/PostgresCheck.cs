using System.Collections.Immutable;
using System.Globalization;
using AudienceSync.Connectors.Kit;
using Npgsql;

namespace AudienceSync.Connectors.Postgres;

/// <summary>Tries a connection out: resolve, connect, authenticate, permission, sample. The first step that failed is the last.</summary>
internal sealed class PostgresCheck(PostgresAccess access, ConnectorSettings settings)
{
    private readonly ImmutableArray<CheckStep>.Builder _steps = ImmutableArray.CreateBuilder<CheckStep>();
    private long _started = access.Time.GetTimestamp();

    public async Task<ImmutableArray<CheckStep>> RunAsync(CancellationToken cancellationToken)
    {
        var step = "resolve";
        try
        {
            var addresses = await access.ResolveAsync(settings, cancellationToken);
            Done(step);

            step = "connect";
            await using var connection = await access.OpenAsync(settings, addresses, PostgresConnector.CheckTimeout, cancellationToken);
            Done(step);
            Done("authenticate");

            step = "permission";
            Done(step, await ReadRightsAsync(connection, cancellationToken));

            step = "sample";
            Done(step, await ReadSampleAsync(connection, cancellationToken));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && PostgresErrors.Read(e) is { } outcome)
        {
            Fail(step, outcome);
        }

        return _steps.ToImmutable();
    }

    private void Done(string step, (bool Ok, string Detail)? found = null)
    {
        if (_steps is [.., { Ok: false }])
        {
            return;
        }

        _steps.Add(new(step, found?.Ok ?? true, access.Time.GetElapsedTime(_started), found?.Detail));
        _started = access.Time.GetTimestamp();
    }

    /// <summary>A session that the server refused was connected all the same.</summary>
    private void Fail(string step, DeliveryOutcome outcome)
    {
        var (code, detail) = outcome.Describe();
        if (step is "connect" && (outcome is DeliveryOutcome.Unauthorized || code is "unknown_database" or "permission_denied"))
        {
            Done(step);
            step = outcome is DeliveryOutcome.Unauthorized ? "authenticate" : "permission";
            if (step is "permission")
            {
                Done("authenticate");
            }
        }

        Done(step, (false, $"{detail}{Hint(code)}"));
    }

    private static string Hint(string code) => code switch
    {
        "dns_failure" => " Check the host's spelling.",
        "connect_failed" or "timeout" => " Check host and port, that the server listens there, and that its firewall lets this app in.",
        "tls_failure" => " Check sslMode and rootCertificate.",
        "access_denied" => " Check user and password, and that pg_hba.conf (the server's access rules) lets the user in from here.",
        _ => "",
    };

    private async Task<(bool Ok, string Detail)> ReadRightsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var schema = PostgresSettings.Schema.In(settings);
        await using var command = new NpgsqlCommand(
            """
            SELECT has_schema_privilege(n.oid, 'USAGE'), has_schema_privilege(n.oid, 'CREATE'),
                   pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean
            FROM pg_catalog.pg_namespace n WHERE n.nspname = $1
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return (false, $"There is no schema '{schema}'. Name another, or: CREATE SCHEMA {SqlNames.Quote(schema)}.");
        }

        var (uses, creates, reads) = (reader.GetBoolean(0), reader.GetBoolean(1), reader.GetBoolean(2));
        var user = SqlNames.Quote(PostgresSettings.User.In(settings));
        return (uses, reads, creates) switch
        {
            (false, _, _) => (false, $"The user must not use the schema '{schema}': GRANT USAGE ON SCHEMA {SqlNames.Quote(schema)} TO {user}."),
            (_, true, _) => (true, "Sessions here may only read: good for queries, not for tables of audiences."),
            (_, _, false) => (true, $"The user must not create tables in '{schema}': audiences need tables that are there, or: GRANT CREATE ON SCHEMA {SqlNames.Quote(schema)} TO {user}."),
            _ => (true, $"The user may read and create tables in '{schema}'."),
        };
    }

    private async Task<(bool Ok, string Detail)> ReadSampleAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var schema = PostgresSettings.Schema.In(settings);
        await using var command = new NpgsqlCommand(
            """
            SELECT count(*) FILTER (WHERE has_table_privilege(c.oid, 'SELECT')), count(*)
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (true, string.Create(CultureInfo.InvariantCulture, $"{reader.GetInt64(0)} of the {reader.GetInt64(1)} tables and views of '{schema}' can be read."));
    }
}
