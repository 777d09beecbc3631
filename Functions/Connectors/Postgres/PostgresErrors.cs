using System.Net.Sockets;
using AudienceSync.Connectors.Kit;
using Npgsql;

namespace AudienceSync.Connectors.Postgres;

/// <summary>What an error of the server, or on the way to it, means. PostgreSQL 18 documentation, appendix A (read 2026-11): the first two letters of a code are its class.</summary>
internal static class PostgresErrors
{
    /// <summary>Whether it is about the values of rows: without the row at fault the rest is taken.</summary>
    public static bool IsAboutRows(PostgresException error) => error.SqlState[..2] is "21" or "22" or "23" or "44" || error.SqlState is "P0001" or "42804";

    /// <summary>Whether a table, a column or a unique key that we write to is not there.</summary>
    public static bool IsAboutTable(PostgresException error) => error.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidColumnReference;

    /// <summary>The row's own outcome. What the server says behind a colon is, or may be, the value.</summary>
    public static RowOutcome OfRow(PostgresException error) => new(
        RowFate.Rejected,
        $"postgres_{error.SqlState}",
        $"{Plain(error)}{(error.ColumnName is { Length: > 0 } column && !error.MessageText.Contains(column, StringComparison.Ordinal) ? $" (column '{column}')" : "")}.");

    /// <summary>The outcome; null for exceptions that are none of the server's or the network's.</summary>
    public static DeliveryOutcome? Read(Exception exception) => exception switch
    {
        PostgresException error => OfServer(error),
        NpgsqlException { InnerException: TimeoutException } or TimeoutException => new DeliveryOutcome.Failed("timeout", "There was no answer in time."),
        NpgsqlException error when NetworkFaults.Read(error) is { } fault => fault,
        NpgsqlException { InnerException: IOException } => new DeliveryOutcome.Failed("connection_reset", "The connection was closed before the answer was complete."),
        NpgsqlException error when error.Message.Contains("SSL", StringComparison.Ordinal) => new DeliveryOutcome.Failed(
            "tls_failure", "The server speaks no TLS. Switch it on there; sslMode disable is for local use."),
        NpgsqlException error when error.Message.Contains("password", StringComparison.OrdinalIgnoreCase) => new DeliveryOutcome.Unauthorized("password_required", "The server asks for a password."),
        NpgsqlException => new DeliveryOutcome.Failed("connection_failed", "The session with the server failed."),
        AddressRefusedException or SocketException or IOException => NetworkFaults.Read(exception),
        _ => null,
    };

    private static DeliveryOutcome OfServer(PostgresException error)
    {
        var code = $"postgres_{error.SqlState}";
        return error.SqlState[..2] switch
        {
            "28" => new DeliveryOutcome.Unauthorized("access_denied", $"The server refuses the user or the password: {Plain(error)}."),
            _ when error.SqlState is PostgresErrorCodes.InvalidCatalogName => new DeliveryOutcome.Misconfigured("unknown_database", $"{Plain(error)}. Check the connection's database."),
            _ when error.SqlState is PostgresErrorCodes.InsufficientPrivilege => new DeliveryOutcome.Misconfigured("permission_denied", $"{Plain(error)}. Grant it to the connection's user."),
            _ when error.SqlState is PostgresErrorCodes.QueryCanceled => new DeliveryOutcome.Failed("timeout", $"{Plain(error)}."),
            _ when error.SqlState is "57P03" or "53300" or "55P03" => new DeliveryOutcome.Failed(code, $"{Plain(error)}."),
            "08" or "40" or "53" or "55" or "57" or "58" or "XX" => new DeliveryOutcome.Failed(code, $"{Plain(error)}."),
            "25" => new DeliveryOutcome.Misconfigured("read_only", $"{Plain(error)}. The server, or the user, may not write: connect to the primary."),
            _ => new DeliveryOutcome.Misconfigured(code, $"{Plain(error)}."),
        };
    }

    /// <summary>The server's sentence up to a value that it quotes behind a colon.</summary>
    public static string Plain(PostgresException error)
    {
        var end = error.MessageText.IndexOf(": ", StringComparison.Ordinal);
        return (end < 0 ? error.MessageText : error.MessageText[..end]).TrimEnd('.');
    }
}
