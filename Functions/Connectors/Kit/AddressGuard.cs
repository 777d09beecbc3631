using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace AudienceSync.Connectors.Kit;

/// <summary>Resolves host names that users gave and judges every address they have, for whoever connects to them next.</summary>
/// <remarks>The caller connects to an address that was judged, not to the name: a name that resolves differently a moment later (DNS rebinding) gains nothing.</remarks>
public sealed class AddressGuard
{
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;

    public AddressGuard(IOptions<OutboundOptions> options)
        : this(options.Value, Dns.GetHostAddressesAsync)
    {
    }

    internal AddressGuard(OutboundOptions options, Func<string, CancellationToken, Task<IPAddress[]>> resolve) =>
        (Options, _resolve) = (options, resolve);

    public bool AllowsPrivateAddresses => Options.AllowPrivateAddresses;

    internal OutboundOptions Options { get; }

    /// <summary>The addresses of a host, all of which may be called.</summary>
    /// <param name="isPlain">What is said there is not encrypted: only private addresses are called so.</param>
    /// <exception cref="AddressRefusedException">One of them may not.</exception>
    /// <exception cref="SocketException">The name has no address.</exception>
    public async Task<IPAddress[]> ResolveAsync(string host, bool isPlain, CancellationToken cancellationToken)
    {
        var addresses = await _resolve(host, cancellationToken);
        if (addresses.Length == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        foreach (var address in addresses)
        {
            Judge(address, host, isPlain);
        }

        return addresses;
    }

    private void Judge(IPAddress address, string host, bool isPlain)
    {
        switch (AddressRules.KindOf(address))
        {
            case AddressKind.Never:
                throw new AddressRefusedException($"'{host}' is a link-local, metadata or reserved address, which is never called.");
            case AddressKind.Private when !AllowsPrivateAddresses:
                throw new AddressRefusedException(
                    $"'{host}' is a private or loopback address. Set {OutboundOptions.Section}:{nameof(OutboundOptions.AllowPrivateAddresses)} to call such addresses in local use.");
            case AddressKind.Public when isPlain:
                throw new AddressRefusedException($"'{host}' would be called without encryption. Use TLS (https).");
            default:
                break;
        }
    }
}
