using System.Globalization;
using AudienceSync.Connectors.Kit;
using Npgsql;

namespace AudienceSync.Connectors.Postgres;

/// <summary>What an error of a query means.</summary>
internal static class QueryErrors
{
    /// <summary>The outcome; null for exceptions that are none of the server's or the network's.</summary>
    public static DeliveryOutcome? Read(Exception exception, ConnectorSettings settings, CancellationToken cancellationToken) => exception switch
    {
        _ when cancellationToken.IsCancellationRequested => null,
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => new DeliveryOutcome.Misconfigured(
            "query_timeout", $"The query was stopped: it may take {PostgresSettings.QuerySeconds.NumberIn(settings)} s (querySeconds of the connection), reading included."),
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } error => new DeliveryOutcome.Misconfigured(
            "query_not_read_only", $"{PostgresErrors.Plain(error)}. A query of a source only reads."),
        PostgresException error when error.SqlState is not PostgresErrorCodes.InsufficientPrivilege && error.SqlState[..2] is "0A" or "21" or "22" or "2F" or "38" or "42" or "44" or "P0" =>
            new DeliveryOutcome.Misconfigured("query_failed", $"{PostgresErrors.Plain(error)}{At(error)} ({error.SqlState}).{Hint(error)}"),
        NotSupportedException => new DeliveryOutcome.Misconfigured("query_failed", "The text is more than one statement. A source is one SELECT, or WITH … SELECT."),
        _ => PostgresErrors.Read(exception),
    };

    private static string At(PostgresException error) =>
        error.Position > 0 ? string.Create(CultureInfo.InvariantCulture, $", at character {error.Position}") : "";

    private static string Hint(PostgresException error) => error.SqlState is PostgresErrorCodes.SyntaxError ? " A source is one SELECT, or WITH … SELECT." : "";
}
