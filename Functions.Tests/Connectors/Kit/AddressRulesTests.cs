using System.Net;

namespace AudienceSync.Connectors.Kit;

public sealed class AddressRulesTests
{
    [Theory]
    // Public
    [InlineData("1.1.1.1", AddressKind.Public)]
    [InlineData("8.8.8.8", AddressKind.Public)]
    [InlineData("9.255.255.255", AddressKind.Public)]
    [InlineData("11.0.0.0", AddressKind.Public)]
    [InlineData("100.63.255.255", AddressKind.Public)]
    [InlineData("100.128.0.0", AddressKind.Public)]
    [InlineData("126.255.255.255", AddressKind.Public)]
    [InlineData("128.0.0.1", AddressKind.Public)]
    [InlineData("168.63.129.15", AddressKind.Public)]
    [InlineData("168.63.129.17", AddressKind.Public)]
    [InlineData("169.253.255.255", AddressKind.Public)]
    [InlineData("169.255.0.0", AddressKind.Public)]
    [InlineData("172.15.255.255", AddressKind.Public)]
    [InlineData("172.32.0.0", AddressKind.Public)]
    [InlineData("192.167.255.255", AddressKind.Public)]
    [InlineData("192.169.0.0", AddressKind.Public)]
    [InlineData("198.17.255.255", AddressKind.Public)]
    [InlineData("198.20.0.0", AddressKind.Public)]
    [InlineData("223.255.255.255", AddressKind.Public)]
    [InlineData("2606:4700:4700::1111", AddressKind.Public)]
    [InlineData("2a00:1450:4001:81b::200e", AddressKind.Public)]
    // Private
    [InlineData("10.0.0.0", AddressKind.Private)]
    [InlineData("10.255.255.255", AddressKind.Private)]
    [InlineData("100.64.0.0", AddressKind.Private)]
    [InlineData("100.100.100.199", AddressKind.Private)]
    [InlineData("100.127.255.255", AddressKind.Private)]
    [InlineData("127.0.0.1", AddressKind.Private)]
    [InlineData("127.255.255.254", AddressKind.Private)]
    [InlineData("172.16.0.1", AddressKind.Private)]
    [InlineData("172.31.255.255", AddressKind.Private)]
    [InlineData("192.168.0.1", AddressKind.Private)]
    [InlineData("192.168.255.255", AddressKind.Private)]
    [InlineData("198.18.0.1", AddressKind.Private)]
    [InlineData("198.19.255.255", AddressKind.Private)]
    [InlineData("::1", AddressKind.Private)]
    [InlineData("fc00::1", AddressKind.Private)]
    [InlineData("fd12:3456:789a::1", AddressKind.Private)]
    [InlineData("fdff:ffff::1", AddressKind.Private)]
    // Metadata and link-local
    [InlineData("169.254.169.254", AddressKind.Never)]
    [InlineData("169.254.0.0", AddressKind.Never)]
    [InlineData("169.254.170.2", AddressKind.Never)]
    [InlineData("169.254.255.255", AddressKind.Never)]
    [InlineData("168.63.129.16", AddressKind.Never)]
    [InlineData("100.100.100.200", AddressKind.Never)]
    [InlineData("192.0.0.192", AddressKind.Never)]
    [InlineData("fd00:ec2::254", AddressKind.Never)]
    [InlineData("fd20:ce::254", AddressKind.Never)]
    [InlineData("fe80::1", AddressKind.Never)]
    [InlineData("fe80::1%2", AddressKind.Never)]
    [InlineData("febf:ffff::1", AddressKind.Never)]
    // No address of a host
    [InlineData("0.0.0.0", AddressKind.Never)]
    [InlineData("0.1.2.3", AddressKind.Never)]
    [InlineData("192.0.2.1", AddressKind.Never)]
    [InlineData("192.88.99.1", AddressKind.Never)]
    [InlineData("198.51.100.7", AddressKind.Never)]
    [InlineData("203.0.113.9", AddressKind.Never)]
    [InlineData("224.0.0.1", AddressKind.Never)]
    [InlineData("239.255.255.255", AddressKind.Never)]
    [InlineData("240.0.0.1", AddressKind.Never)]
    [InlineData("255.255.255.255", AddressKind.Never)]
    [InlineData("::", AddressKind.Never)]
    [InlineData("fec0::1", AddressKind.Never)]
    [InlineData("ff02::1", AddressKind.Never)]
    [InlineData("100::1", AddressKind.Never)]
    [InlineData("2001::1", AddressKind.Never)]
    [InlineData("2001:10::1", AddressKind.Never)]
    [InlineData("2001:db8::1", AddressKind.Never)]
    [InlineData("3fff::1", AddressKind.Never)]
    [InlineData("5f00::1", AddressKind.Never)]
    // IPv4 in IPv6
    [InlineData("::ffff:8.8.8.8", AddressKind.Public)]
    [InlineData("::ffff:127.0.0.1", AddressKind.Private)]
    [InlineData("::ffff:10.1.2.3", AddressKind.Private)]
    [InlineData("::ffff:169.254.169.254", AddressKind.Never)]
    [InlineData("::ffff:168.63.129.16", AddressKind.Never)]
    [InlineData("::127.0.0.1", AddressKind.Never)]
    [InlineData("::ffff:0:127.0.0.1", AddressKind.Never)]
    [InlineData("64:ff9b::808:808", AddressKind.Public)]
    [InlineData("64:ff9b::10.0.0.1", AddressKind.Private)]
    [InlineData("64:ff9b::169.254.169.254", AddressKind.Never)]
    [InlineData("64:ff9b:1::10.0.0.1", AddressKind.Never)]
    [InlineData("2002:0808:0808::1", AddressKind.Public)]
    [InlineData("2002:7f00:0001::1", AddressKind.Private)]
    [InlineData("2002:a9fe:a9fe::1", AddressKind.Never)]
    internal void KindOf_Address_IsAsTheRegistriesSay(string address, AddressKind kind) => AddressRules.KindOf(IPAddress.Parse(address)).ShouldBe(kind);

    [Fact]
    public void KindOf_AnyIPv4Mapped_IsThatOfTheIPv4Address()
    {
        var random = new Random(4711);
        var bytes = new byte[4];
        for (var i = 0; i < 5_000; i++)
        {
            random.NextBytes(bytes);
            var address = new IPAddress(bytes);

            AddressRules.KindOf(address.MapToIPv6()).ShouldBe(AddressRules.KindOf(address), address.ToString());
        }
    }
}
