namespace AudienceSync.Connectors.Kit;

/// <summary>Sends requests to addresses that users gave. Gives the answer as soon as its headers are read.</summary>
public interface IOutbound
{
    /// <summary>Loopback and private addresses may be called.</summary>
    bool AllowsPrivateAddresses => false;

    /// <exception cref="AddressRefusedException">The address is one we do not call.</exception>
    /// <exception cref="HttpRequestException">No answer came.</exception>
    Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken);
}

/// <summary>The outbound guard refuses to call this address. The message names no resolved address: it would tell strangers about our network.</summary>
public sealed class AddressRefusedException(string message) : Exception(message);

/// <summary>How long the parts of connecting took, for the request that carries it in its options. Empty when an open connection was used.</summary>
internal sealed class ConnectTimings
{
    public static readonly HttpRequestOptionsKey<ConnectTimings> Key = new("connect-timings");

    public TimeSpan? Resolved { get; set; }

    public TimeSpan? Connected { get; set; }
}
