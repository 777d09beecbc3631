using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Connectors.Postgres;

/// <summary>Settings of a connection to a PostgreSQL database.</summary>
internal static class PostgresSettings
{
    /// <summary>Encryption without a look at the certificate, as libpq has it.</summary>
    private const string Require = "require";

    public const string Disable = "disable";
    public const string VerifyCa = "verify-ca";
    public const string VerifyFull = "verify-full";

    /// <summary>Removed rows stay and are marked.</summary>
    private const string Mark = "mark";

    public static SettingField Host { get; } = SettingField.Text(
        "host", "Host", "Name or address of the server, without a port.", required: true, pattern: "[A-Za-z0-9]([A-Za-z0-9._:-]{0,252}[A-Za-z0-9])?|::[0-9A-Fa-f:]*");

    public static SettingField Port { get; } = SettingField.Number("port", "Port", "Of the server, or of its connection pooler.", 1, 65_535, 5_432);

    public static SettingField Database { get; } = SettingField.Text("database", "Database", "Name of the database.", required: true);

    public static SettingField User { get; } = SettingField.Text("user", "User", "A role with no more rights than it needs: to read what queries read, to write the tables of audiences.", required: true);

    public static SettingField Password { get; } = SettingField.Secret("password", "Password", "Of the role.", required: true);

    public static SettingField SslMode { get; } = SettingField.Choice(
        "sslMode", "TLS",
        "require encrypts. verify-ca also checks who signed the server's certificate, verify-full its host name too: choose that wherever the certificate allows it. disable sends in the clear, for local use.",
        [Require, VerifyCa, VerifyFull, Disable], Require, Disable);

    public static SettingField RootCertificate { get; } = SettingField.Text(
        "rootCertificate", "Root certificate", "PEM of the authorities that may have signed the server's certificate, for verify-ca and verify-full; else those that this machine trusts.");

    public static SettingField Schema { get; } = SettingField.Text("schema", "Schema", "Where tables of audiences are, unless a destination names another.", @default: "public");

    public static SettingField Removals { get; } = SettingField.Choice(
        "removals", "Removals", "delete takes rows of leavers out of the table. mark keeps them and writes when they left; who comes back is unmarked.", ["delete", Mark], "delete");

    public static SettingField RemovedColumn { get; } = SettingField.Text("removedColumn", "Column of the mark", "Takes the time of a removal where removals are marked: a timestamptz that is null for members.", @default: "removed_at");

    public static SettingField QuerySeconds { get; } = SettingField.Number(
        "querySeconds", "Time for a query", "Seconds that the query of a source may take, reading included. The app is stopped after ten minutes.", 1, 540, 300);

    public static ImmutableArray<SettingField> All { get; } =
        [Host, Port, Database, User, Password, SslMode, RootCertificate, Schema, Removals, RemovedColumn, QuerySeconds];

    /// <summary>The column that marks removed rows; null where they are deleted.</summary>
    public static string? MarkIn(ConnectorSettings settings) => Removals.In(settings) is Mark ? RemovedColumn.In(settings) : null;

    public static TimeSpan QueryTimeIn(ConnectorSettings settings) => TimeSpan.FromSeconds(QuerySeconds.NumberIn(settings));

    /// <summary>For what is recorded: no user, no password.</summary>
    public static string AddressOf(ConnectorSettings settings) => $"postgresql://{Host.In(settings)}:{Port.In(settings)}/{Uri.EscapeDataString(Database.In(settings))}";

    public static ImmutableArray<Fault> Check(ConnectorSettings settings)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        if (RootCertificate.IsSetIn(settings) && CertificatesIn(settings).Count == 0)
        {
            faults.Add(new(SettingRules.PointerTo(RootCertificate), "invalid_certificate", "No certificate can be read. Paste the PEM, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----."));
        }
        else if (RootCertificate.IsSetIn(settings) && SslMode.In(settings) is not (VerifyCa or VerifyFull))
        {
            faults.Add(new(SettingRules.PointerTo(RootCertificate), "ambiguous", $"With TLS '{SslMode.In(settings)}' no certificate is checked. Choose verify-full or verify-ca, or leave it out."));
        }

        foreach (var field in (SettingField[])[Schema, RemovedColumn])
        {
            if (!SqlNames.IsPossible(field.In(settings)))
            {
                faults.Add(new(SettingRules.PointerTo(field), "invalid_format", $"{field.Label} is no name that PostgreSQL keeps: 1 to 63 bytes."));
            }
        }

        return faults.ToImmutable();
    }

    /// <summary>Empty when none is given, or none can be read.</summary>
    public static X509Certificate2Collection CertificatesIn(ConnectorSettings settings)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(RootCertificate.In(settings));
        }
        catch (CryptographicException)
        {
            certificates.Clear();
        }

        return certificates;
    }
}
