using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Postgres;
using AudienceSync.Local;
using Npgsql;

namespace AudienceSync.Fakes;

/// <summary>
/// One real PostgreSQL for the whole test run, with a database for each test class. Tests that need it are <see cref="PostgresFactAttribute"/>s: where PostgreSQL is not
/// installed they are skipped, unless the environment says that it must be (<c>REQUIRE_POSTGRES=1</c>, as in CI).
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    public const string Password = "correct horse s3cret";

    private static readonly Lazy<(string Certificate, string Key, string Authority)> Certificates = new(MakeCertificates);

    private static readonly Lazy<Task<PostgresServer>> Server = new(() => PostgresServer.StartAsync(
        new() { ListensOnLoopback = true, Password = Password, Tls = (Certificates.Value.Certificate, Certificates.Value.Key), Settings = ["max_connections=200"] }, CancellationToken.None));

    private static int _databases;

    /// <summary>Null when it is installed; else what to do.</summary>
    public static string? Missing => PostgresInstallation.Find() is null ? PostgresInstallation.Advice : null;

    public static bool IsRequired => Environment.GetEnvironmentVariable("REQUIRE_POSTGRES") is "1";

    /// <summary>PEM of who signed the server's certificate, which names <c>localhost</c>.</summary>
    public static string Authority => Certificates.Value.Authority;

    public int Port { get; private set; }

    public string Database { get; private set; } = "";

    public async Task InitializeAsync()
    {
        if (Missing is not null && !IsRequired)
        {
            return;
        }

        Port = (await Server.Value).Port;
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");
        Database = PostgresServer.User;
        await ExecuteAsync($"CREATE DATABASE {name}");
        Database = name;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Settings of a connection, as a user gives them.</summary>
    public ImmutableDictionary<string, string> Values => ImmutableDictionary<string, string>.Empty
        .Add("host", "127.0.0.1").Add("port", Port.ToString(CultureInfo.InvariantCulture)).Add("database", Database).Add("user", PostgresServer.User);

    internal ConnectorSettings Settings(params ReadOnlySpan<(string Name, string Value)> others)
    {
        var values = Values;
        foreach (var (name, value) in others)
        {
            values = name is "password" ? values : values.SetItem(name, value);
        }

        var password = Password;
        foreach (var (name, value) in others)
        {
            password = name is "password" ? value : password;
        }

        return new("con_pg", values, ImmutableDictionary<string, string>.Empty.Add("password", password));
    }

    internal static PostgresAccess Access(bool allowsPrivate = true, Func<string, IPAddress[]>? resolve = null) => new(
        new AddressGuard(
            new() { AllowPrivateAddresses = allowsPrivate, ConnectTimeout = TimeSpan.FromSeconds(20) },
            (host, cancellationToken) => resolve is null ? Dns.GetHostAddressesAsync(host, cancellationToken) : Task.FromResult(resolve(host))),
        TimeProvider.System);

    /// <summary>Runs statements as the superuser.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The rows of a query, cells as texts with <c>|</c> between, null as <c>∅</c>.</summary>
    public async Task<IReadOnlyList<string>> QueryAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT row_to_json(q)::text, array_to_string(ARRAY(SELECT coalesce(value, '∅') FROM json_each_text(row_to_json(q))), '|') FROM ({sql}) q", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(1));
        }

        return rows;
    }

    public async Task<NpgsqlConnection> OpenAsync()
    {
        var options = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port,
            Database = Database,
            Username = PostgresServer.User,
            Password = Password,
            Pooling = false,
            SslMode = SslMode.Disable,
            Timezone = "UTC",
        };
        var connection = new NpgsqlConnection(options.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static (string Certificate, string Key, string Authority) MakeCertificates()
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=Authority of a test", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var authority = authorityRequest.CreateSelfSigned(from, to);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, from, to, [1, 2, 3, 4]);
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), authority.ExportCertificatePem());
    }
}

/// <summary>A test that needs a real PostgreSQL.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresFixture.IsRequired ? null : PostgresFixture.Missing;
}

/// <inheritdoc cref="PostgresFactAttribute"/>
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PostgresFixture.IsRequired ? null : PostgresFixture.Missing;
}
