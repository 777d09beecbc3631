using System.Net;
using System.Net.Sockets;
using AudienceSync.Connectors.Kit;
using Npgsql;

namespace AudienceSync.Connectors.Postgres;

/// <summary>Opens sessions on the databases that users name, at addresses that may be called.</summary>
/// <remarks>
/// Npgsql is given an address that was judged, and the name only to check the certificate by. Sessions are not pooled: one serves a batch of thousands of rows, or a query.
/// </remarks>
public sealed class PostgresAccess(AddressGuard guard, TimeProvider time)
{
    private const string ApplicationName = "AudienceSync";

    /// <exception cref="AddressRefusedException">The address is one we do not call.</exception>
    /// <exception cref="SocketException">The name cannot be resolved.</exception>
    /// <exception cref="NpgsqlException">No session came about; see <see cref="PostgresErrors"/>.</exception>
    internal async Task<NpgsqlConnection> OpenAsync(ConnectorSettings settings, TimeSpan commandTimeout, CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(settings, cancellationToken);
        return await OpenAsync(settings, addresses, commandTimeout, cancellationToken);
    }

    internal Task<IPAddress[]> ResolveAsync(ConnectorSettings settings, CancellationToken cancellationToken) =>
        guard.ResolveAsync(PostgresSettings.Host.In(settings), isPlain: PostgresSettings.SslMode.In(settings) is PostgresSettings.Disable, cancellationToken);

    /// <param name="addresses">Judged. The first that answers is taken.</param>
    internal async Task<NpgsqlConnection> OpenAsync(ConnectorSettings settings, IPAddress[] addresses, TimeSpan commandTimeout, CancellationToken cancellationToken)
    {
        for (var at = 0; ; at++)
        {
            try
            {
                return await OpenAsync(settings, addresses[at], commandTimeout, cancellationToken);
            }
            catch (NpgsqlException e) when (e.InnerException is SocketException or TimeoutException && at + 1 < addresses.Length)
            {
                // Another address of the host may answer.
            }
        }
    }

    internal TimeProvider Time => time;

    private async Task<NpgsqlConnection> OpenAsync(ConnectorSettings settings, IPAddress address, TimeSpan commandTimeout, CancellationToken cancellationToken)
    {
        var mode = PostgresSettings.SslMode.In(settings);
        if (mode is PostgresSettings.Disable && !guard.AllowsPrivateAddresses)
        {
            throw new AddressRefusedException($"'{PostgresSettings.Host.In(settings)}' would be called without encryption. Use TLS.");
        }

        var options = new NpgsqlConnectionStringBuilder
        {
            Host = address.ToString(),
            Port = PostgresSettings.Port.NumberIn(settings),
            Database = PostgresSettings.Database.In(settings),
            Username = PostgresSettings.User.In(settings),
            Password = PostgresSettings.Password.In(settings),
            SslMode = mode switch
            {
                PostgresSettings.Disable => Npgsql.SslMode.Disable,
                PostgresSettings.VerifyCa => Npgsql.SslMode.VerifyCA,
                PostgresSettings.VerifyFull => Npgsql.SslMode.VerifyFull,
                _ => Npgsql.SslMode.Require,
            },
            GssEncryptionMode = GssEncryptionMode.Disable,
            ApplicationName = ApplicationName,
            Timezone = "UTC",
            Timeout = (int)Math.Ceiling(guard.Options.ConnectTimeout.TotalSeconds),
            CommandTimeout = (int)Math.Ceiling(commandTimeout.TotalSeconds),
            CancellationTimeout = 2_000,
            TcpKeepAlive = true,
            Pooling = false,
            IncludeErrorDetail = false, // it may name people
        };
        var builder = new NpgsqlDataSourceBuilder(options.ConnectionString);
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false)); // only the server's own types are read and written
        if (mode is PostgresSettings.VerifyCa or PostgresSettings.VerifyFull && PostgresSettings.CertificatesIn(settings) is { Count: > 0 } roots)
        {
            builder.UseRootCertificates(roots);
        }

        builder.UseSslClientAuthenticationOptionsCallback(tls => tls.TargetHost = PostgresSettings.Host.In(settings));
        var source = builder.Build();
        try
        {
            return await source.OpenConnectionAsync(cancellationToken);
        }
        finally
        {
            // Without a pool a source holds nothing: the session goes on without it.
            await source.DisposeAsync();
        }
    }
}
