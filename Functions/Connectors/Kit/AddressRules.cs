using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace AudienceSync.Connectors.Kit;

internal enum AddressKind
{
    Public,

    /// <summary>Loopback or of a private network: called only when <see cref="OutboundOptions.AllowPrivateAddresses"/> says so.</summary>
    Private,

    /// <summary>Link-local, metadata, or no address of a host at all: never called.</summary>
    Never,
}

/// <summary>Which addresses are public, private, or never called.</summary>
/// <remarks>After the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890 and later); metadata addresses from the clouds' documentation.</remarks>
internal static class AddressRules
{
    /// <summary>The first network that holds the address decides.</summary>
    private static readonly ImmutableArray<(IPNetwork Network, AddressKind Kind)> V4 =
    [
        Rule("169.254.0.0/16", AddressKind.Never), // link-local: metadata of Azure, AWS, Google Cloud
        Rule("168.63.129.16/32", AddressKind.Never), // Azure's host agent
        Rule("100.100.100.200/32", AddressKind.Never), // metadata of Alibaba Cloud
        Rule("0.0.0.0/8", AddressKind.Never), // this network; 0.0.0.0 would reach loopback
        Rule("192.0.0.0/24", AddressKind.Never), // protocol assignments; 192.0.0.192 is metadata of Oracle Cloud
        Rule("192.0.2.0/24", AddressKind.Never), // documentation
        Rule("192.88.99.0/24", AddressKind.Never), // 6to4 relays, deprecated
        Rule("198.51.100.0/24", AddressKind.Never), // documentation
        Rule("203.0.113.0/24", AddressKind.Never), // documentation
        Rule("224.0.0.0/4", AddressKind.Never), // multicast
        Rule("240.0.0.0/4", AddressKind.Never), // reserved, broadcast
        Rule("10.0.0.0/8", AddressKind.Private),
        Rule("100.64.0.0/10", AddressKind.Private), // carrier-grade NAT
        Rule("127.0.0.0/8", AddressKind.Private),
        Rule("172.16.0.0/12", AddressKind.Private),
        Rule("192.168.0.0/16", AddressKind.Private),
        Rule("198.18.0.0/15", AddressKind.Private), // benchmarks
    ];

    private static readonly ImmutableArray<(IPNetwork Network, AddressKind Kind)> V6 =
    [
        Rule("fd00:ec2::254/128", AddressKind.Never), // metadata of AWS
        Rule("fd20:ce::254/128", AddressKind.Never), // metadata of Google Cloud
        Rule("::1/128", AddressKind.Private),
        Rule("fc00::/7", AddressKind.Private), // unique local
        Rule("2001::/23", AddressKind.Never), // protocol assignments: Teredo, benchmarks, ORCHID
        Rule("2001:db8::/32", AddressKind.Never), // documentation
        Rule("3fff::/20", AddressKind.Never), // documentation
        Rule("2000::/3", AddressKind.Public), // all that is assigned to hosts
        Rule("::/0", AddressKind.Never), // the rest: unspecified, link-local, multicast, IPv4-compatible, local NAT64 …
    ];

    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    public static AddressKind KindOf(IPAddress address)
    {
        var bare = Unwrap(address);
        foreach (var (network, kind) in bare.AddressFamily is AddressFamily.InterNetwork ? V4 : V6)
        {
            if (network.Contains(bare))
            {
                return kind;
            }
        }

        return AddressKind.Public;
    }

    /// <summary>The IPv4 address that an IPv6 address stands for: mapped (<c>::ffff:a.b.c.d</c>), 6to4, NAT64; else the address itself.</summary>
    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.AddressFamily is not AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        return address.IsIPv4MappedToIPv6 || Nat64.Contains(address) ? new IPAddress(bytes.AsSpan(12, 4))
            : SixToFour.Contains(address) ? new IPAddress(bytes.AsSpan(2, 4))
            : new IPAddress(bytes); // without its scope
    }

    private static (IPNetwork Network, AddressKind Kind) Rule(string network, AddressKind kind) => (IPNetwork.Parse(network), kind);
}
