using System.Net;
using System.Net.Sockets;

namespace AudienceSync.Connectors.Kit;

/// <summary>The only way out to platforms: https, public addresses, checked where the connection is made.</summary>
/// <remarks>
/// A name is resolved once, every address it has is judged, and the socket goes to an address that was judged: a name that resolves
/// differently a moment later (DNS rebinding) gains nothing. Redirects, cookies and the environment's proxy are not followed.
/// </remarks>
public sealed class GuardedOutbound : IOutbound, IDisposable
{
    private readonly AddressGuard _guard;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _invoker;

    public GuardedOutbound(AddressGuard guard, TimeProvider time)
    {
        (_guard, _time) = (guard, time);
        var options = guard.Options;
        _invoker = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            MaxConnectionsPerServer = options.ConnectionsPerHost,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // so that a name is resolved, and judged, again
            ActivityHeadersPropagator = null, // our trace ids are no platform's business
            ConnectCallback = ConnectAsync,
        });
    }

    internal GuardedOutbound(OutboundOptions options, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
        : this(new AddressGuard(options, resolve), time)
    {
    }

    public bool AllowsPrivateAddresses => _guard.AllowsPrivateAddresses;

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri;
        if (address is not { IsAbsoluteUri: true, Scheme: "https" or "http" })
        {
            throw new AddressRefusedException("Only https addresses are called.");
        }

        if (address.Scheme is "http" && !AllowsPrivateAddresses)
        {
            throw new AddressRefusedException($"'{address.Host}' would be called over plain http. Use https.");
        }

        return await _invoker.SendAsync(request, cancellationToken);
    }

    public void Dispose() => _invoker.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var request = context.InitialRequestMessage;
        request.Options.TryGetValue(ConnectTimings.Key, out var timings);
        var started = _time.GetTimestamp();
        var addresses = await _guard.ResolveAsync(context.DnsEndPoint.Host, isPlain: request.RequestUri!.Scheme is "http", cancellationToken);
        timings?.Resolved = _time.GetElapsedTime(started);
        started = _time.GetTimestamp();
        var stream = await ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
        timings?.Connected = _time.GetElapsedTime(started);
        return stream;
    }

    private static async Task<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        SocketException? failure = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                failure = e;
                socket.Dispose();
            }
            catch (OperationCanceledException)
            {
                socket.Dispose();
                throw;
            }
        }

        throw failure!;
    }
}
