using System.Globalization;
using System.Net;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Postgres;

/// <summary>Which servers are called, and how the session is kept safe.</summary>
public sealed class PostgresAccessTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static TheoryData<string> Secure => ["require", "verify-ca", "verify-full"];

    [PostgresTheory]
    [MemberData(nameof(Secure))]
    public async Task Open_Tls_IsEncrypted(string mode)
    {
        await using var connection = await PostgresFixture.Access(resolve: _ => [IPAddress.Loopback]).OpenAsync(Settings("localhost", mode, PostgresFixture.Authority), Limit, default);
        await using var command = new Npgsql.NpgsqlCommand("SELECT ssl, application_name FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE pid = pg_backend_pid()", connection);
        await using var reader = await command.ExecuteReaderAsync();

        (await reader.ReadAsync()).ShouldBeTrue();
        (reader.GetBoolean(0), reader.GetString(1)).ShouldBe((true, "AudienceSync"));
    }

    /// <summary>The name that the user gave is checked, not the address that was called.</summary>
    [PostgresTheory]
    [InlineData("db.example.com", "verify-full", true)]
    [InlineData("localhost", "verify-full", false)]
    [InlineData("localhost", "verify-ca", false)]
    public async Task Open_CertificateDoesNotHold_IsRefused(string host, string mode, bool isAuthorityKnown)
    {
        var access = PostgresFixture.Access(resolve: _ => [IPAddress.Loopback]);

        var error = await Should.ThrowAsync<Npgsql.NpgsqlException>(() => access.OpenAsync(Settings(host, mode, isAuthorityKnown ? PostgresFixture.Authority : ""), Limit, default));

        PostgresErrors.Read(error).ShouldBeOfType<DeliveryOutcome.Failed>().Code.ShouldBe("tls_failure");
    }

    [PostgresFact]
    public async Task Open_FirstAddressDoesNotAnswer_TakesTheNext()
    {
        await using var connection = await PostgresFixture.Access(resolve: _ => [IPAddress.Parse("127.1.2.3"), IPAddress.Loopback]).OpenAsync(Settings("localhost", "require"), Limit, default);

        connection.State.ShouldBe(System.Data.ConnectionState.Open);
    }

    [Theory]
    [InlineData("127.0.0.1", false, "require", "private or loopback")]
    [InlineData("10.1.2.3", false, "require", "private or loopback")]
    [InlineData("169.254.169.254", true, "require", "never called")]
    [InlineData("fd00:ec2::254", true, "require", "never called")]
    [InlineData("0.0.0.0", true, "require", "never called")]
    [InlineData("8.8.8.8", true, "disable", "without encryption")]
    [InlineData("127.0.0.1", false, "disable", "private or loopback")]
    public async Task Open_AddressIsNotCalled(string address, bool allowsPrivate, string mode, string words)
    {
        var access = PostgresFixture.Access(allowsPrivate, _ => [IPAddress.Parse(address)]);

        (await Should.ThrowAsync<AddressRefusedException>(() => access.OpenAsync(Settings("db.example.com", mode), Limit, default))).Message.ShouldContain(words);
    }

    [Fact]
    public void Settings_Sound_AreTaken() => Check().ShouldBeEmpty();

    [Theory]
    [InlineData("host", "a/b", "invalid_format")]
    [InlineData("host", "/var/run/postgresql", "invalid_format")]
    [InlineData("host", "a,b", "invalid_format")]
    [InlineData("host", "a;Password=x", "invalid_format")]
    [InlineData("port", "0", "out_of_range")]
    [InlineData("sslMode", "prefer", "invalid_choice")]
    [InlineData("rootCertificate", "no certificate", "invalid_certificate")]
    [InlineData("schema", "a_name_that_is_longer_than_the_sixty_three_bytes_that_postgres_keeps", "invalid_format")]
    [InlineData("querySeconds", "3600", "out_of_range")]
    public void Settings_Unsound_AreRefused(string name, string value, string code) => Check((name, value)).ShouldHaveSingleItem().Code.ShouldBe(code);

    [Fact]
    public void Settings_CertificateThatNobodyChecks_IsRefused() =>
        Check(("rootCertificate", PostgresFixture.Authority)).ShouldHaveSingleItem().Code.ShouldBe("ambiguous");

    [Theory]
    [InlineData("db.example.com")]
    [InlineData("my-server.postgres.database.azure.com")]
    [InlineData("10.0.0.5")]
    [InlineData("2001:db8::1")]
    [InlineData("::1")]
    public void Settings_Hosts_AreTaken(string host) => Check(("host", host)).ShouldBeEmpty();

    private static IReadOnlyList<AudienceSync.Faults.Fault> Check(params (string Name, string Value)[] changes)
    {
        var settings = new PostgresExamples().SettingsOf(0);
        return SettingRules.Check(ConnectorList.All.Find("postgres")!, settings with { Values = settings.Values.SetItems(changes.Select(change => KeyValuePair.Create(change.Name, change.Value))) });
    }

    private ConnectorSettings Settings(string host, string mode, string authority = "")
    {
        var settings = postgres.Settings(("host", host), ("sslMode", mode), ("port", Math.Max(1, postgres.Port).ToString(CultureInfo.InvariantCulture)));
        return authority.Length == 0 || mode is "require" ? settings : settings with { Values = settings.Values.Add("rootCertificate", authority) };
    }
}
