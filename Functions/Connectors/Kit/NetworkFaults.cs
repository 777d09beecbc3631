using System.Net.Sockets;
using System.Security.Authentication;

namespace AudienceSync.Connectors.Kit;

/// <summary>What an exception on the way to a platform means: one code for each cause that a person would treat differently.</summary>
internal static class NetworkFaults
{
    public static DeliveryOutcome.Failed Timeout(TimeSpan limit) => new("timeout", $"There was no answer within {limit.TotalSeconds:0.#} s.");

    /// <summary>The outcome; null when the exception is none of the network's.</summary>
    public static DeliveryOutcome? Read(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (ReadOne(cause) is { } outcome)
            {
                return outcome;
            }
        }

        return exception is HttpRequestException or IOException ? new DeliveryOutcome.Failed("network_error", "The network failed.") : null;
    }

    private static DeliveryOutcome? ReadOne(Exception cause) => cause switch
    {
        AddressRefusedException refused => new DeliveryOutcome.Misconfigured("address_refused", refused.Message),
        AuthenticationException or HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            new DeliveryOutcome.Failed("tls_failure", "No secure connection came about: the certificate is not valid for this host, or TLS is not spoken there."),
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery } =>
            new DeliveryOutcome.Failed("dns_failure", "The host name cannot be resolved."),
        SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown } => Reset,
        SocketException => new DeliveryOutcome.Failed("connect_failed", "The host does not accept the connection."),
        HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => Reset,
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.ConfigurationLimitExceeded }
            or HttpIOException or InvalidDataException =>
            new DeliveryOutcome.Failed("invalid_response", "The answer is not valid HTTP."),
        _ => null,
    };

    private static DeliveryOutcome.Failed Reset { get; } = new("connection_reset", "The connection was closed before the answer was complete.");
}
