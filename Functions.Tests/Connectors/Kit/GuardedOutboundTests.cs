using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Kit;

/// <summary>The guard and the client's reading of network faults, over real sockets of this machine.</summary>
public sealed class GuardedOutboundTests
{
    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Theory]
    [InlineData("http://example.com/")]
    [InlineData("ftp://example.com/")]
    [InlineData("file:///etc/passwd")]
    public async Task SendAsync_NotHttps_Refuses(string url)
    {
        using var outbound = Guard(allowPrivate: false, "8.8.8.8");
        using var request = new HttpRequestMessage(HttpMethod.Get, url);

        await Should.ThrowAsync<AddressRefusedException>(() => outbound.SendAsync(request, CancellationToken.None));
    }

    [Theory]
    [InlineData(false, "https", "127.0.0.1")]
    [InlineData(false, "https", "10.0.0.1")]
    [InlineData(false, "https", "::1")]
    [InlineData(false, "https", "169.254.169.254")]
    [InlineData(false, "https", "8.8.8.8", "127.0.0.1")] // one private address among public ones is enough
    [InlineData(true, "https", "169.254.169.254")]
    [InlineData(true, "http", "127.0.0.1", "169.254.169.254")]
    [InlineData(true, "http", "::ffff:169.254.169.254")]
    [InlineData(true, "http", "fe80::1")]
    [InlineData(true, "http", "8.8.8.8")] // plain http to a public address
    [InlineData(true, "http", "127.0.0.1", "8.8.8.8")]
    public async Task Deliver_ToARefusedAddress_IsMisconfiguredAndConnectsNowhere(bool allowPrivate, string scheme, params string[] addresses)
    {
        await using var host = LoopbackHost.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var outbound = Guard(allowPrivate, addresses);

        var outcome = await DeliverAsync(outbound, $"{scheme}://hooks.test:{host.Port}/");

        outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("address_refused");
        host.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task Deliver_ToAnAddressLiteralThatIsPrivate_IsRefused()
    {
        using var outbound = new GuardedOutbound(new OutboundOptions(), _time, Dns.GetHostAddressesAsync);

        foreach (var host in (string[])["127.0.0.1", "[::1]", "2130706433", "0x7f000001", "[::ffff:7f00:1]", "169.254.169.254"])
        {
            (await DeliverAsync(outbound, $"https://{host}/")).ShouldBeOfType<DeliveryOutcome.Misconfigured>(host).Code.ShouldBe("address_refused", host);
        }
    }

    [Fact]
    public async Task Deliver_ToLoopbackWhenAllowed_ConnectsToTheResolvedAddress()
    {
        await using var host = LoopbackHost.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");

        (await DeliverAsync(outbound, $"http://no-such-name.test:{host.Port}/")).ShouldBeOfType<DeliveryOutcome.Settled>();
    }

    [Fact]
    public async Task Deliver_NameThatResolvesOtherwiseLater_IsJudgedAgainForEachConnection()
    {
        await using var host = LoopbackHost.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        var answers = new Queue<string>(["127.0.0.1", "169.254.169.254"]);
        using var outbound = new GuardedOutbound(
            new OutboundOptions { AllowPrivateAddresses = true }, _time, (_, _) => Task.FromResult(new[] { IPAddress.Parse(answers.Dequeue()) }));

        (await DeliverAsync(outbound, $"http://rebinding.test:{host.Port}/")).ShouldBeOfType<DeliveryOutcome.Settled>();
        (await DeliverAsync(outbound, $"http://rebinding.test:{host.Port}/")).ShouldBeOfType<DeliveryOutcome.Misconfigured>();

        answers.ShouldBeEmpty(); // each connection resolved once: what was judged is what was called
    }

    [Fact]
    public async Task Deliver_Redirect_IsNotFollowed()
    {
        await using var host = LoopbackHost.Answering("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n");
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");

        var outcome = await DeliverAsync(outbound, $"http://hooks.test:{host.Port}/");

        outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("redirected");
        host.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task Deliver_NobodyListens_Fails()
    {
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");

        Code(await DeliverAsync(outbound, $"http://hooks.test:{LoopbackHost.ClosedPort()}/")).ShouldBe("connect_failed");
    }

    [Fact]
    public async Task Deliver_NameDoesNotResolve_Fails()
    {
        using var outbound = new GuardedOutbound(
            new OutboundOptions(), _time, (_, _) => Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound)));
        using var empty = Guard(allowPrivate: false);

        Code(await DeliverAsync(outbound, "https://hooks.test/")).ShouldBe("dns_failure");
        Code(await DeliverAsync(empty, "https://hooks.test/")).ShouldBe("dns_failure");
    }

    [Fact]
    public async Task Deliver_ConnectionReset_Fails()
    {
        await using var host = new LoopbackHost(async (socket, stop) =>
        {
            await LoopbackHost.ReadRequestAsync(socket, stop);
            socket.LingerState = new(true, 0); // closing sends RST
        });
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");

        Code(await DeliverAsync(outbound, $"http://hooks.test:{host.Port}/")).ShouldBe("connection_reset");
    }

    [Theory]
    [InlineData("")] // hangs up without a word
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")]
    public async Task Deliver_AnswerEndsEarly_Fails(string answer)
    {
        await using var host = LoopbackHost.Answering(answer);
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");

        Code(await DeliverAsync(outbound, $"http://hooks.test:{host.Port}/")).ShouldBe("connection_reset");
    }

    [Theory]
    [InlineData("this is not HTTP\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope")]
    public async Task Deliver_AnswerIsNoHttp_Fails(string answer)
    {
        await using var host = LoopbackHost.Answering(answer);
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");

        Code(await DeliverAsync(outbound, $"http://hooks.test:{host.Port}/")).ShouldBe("invalid_response");
    }

    [Fact]
    public async Task Deliver_NoAnswerInTime_Fails()
    {
        var asked = new TaskCompletionSource();
        await using var host = new LoopbackHost(async (socket, stop) =>
        {
            await LoopbackHost.ReadRequestAsync(socket, stop);
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, stop);
        });
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");

        var delivery = DeliverAsync(outbound, $"http://hooks.test:{host.Port}/");
        await asked.Task;
        _time.Advance(TimeSpan.FromSeconds(29));
        delivery.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));

        var failed = (await delivery).ShouldBeOfType<DeliveryOutcome.Failed>();
        failed.Code.ShouldBe("timeout");
        failed.Detail.ShouldContain("30 s");
    }

    [Fact]
    public async Task Deliver_AnswerStopsHalfway_FailsInTime()
    {
        var answered = new TaskCompletionSource();
        await using var host = new LoopbackHost(async (socket, stop) =>
        {
            await LoopbackHost.ReadRequestAsync(socket, stop);
            await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"u8.ToArray(), stop);
            answered.SetResult();
            await Task.Delay(Timeout.Infinite, stop);
        });
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");

        var delivery = DeliverAsync(outbound, $"http://hooks.test:{host.Port}/");
        await answered.Task;
        _time.Advance(TimeSpan.FromSeconds(30));

        Code(await delivery).ShouldBe("timeout");
    }

    [Fact]
    public async Task Deliver_CallerStops_Throws()
    {
        using var stop = new CancellationTokenSource();
        await using var host = new LoopbackHost(async (socket, hostStop) =>
        {
            await LoopbackHost.ReadRequestAsync(socket, hostStop);
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, hostStop);
        });
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");

        await Should.ThrowAsync<OperationCanceledException>(() => DeliverAsync(outbound, $"http://hooks.test:{host.Port}/", stop.Token));
    }

    [Fact]
    public async Task Deliver_TlsNotSpoken_Fails()
    {
        await using var host = new LoopbackHost(async (socket, stop) => await socket.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), stop));
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");

        Code(await DeliverAsync(outbound, $"https://hooks.test:{host.Port}/")).ShouldBe("tls_failure");
    }

    [Fact]
    public async Task Deliver_CertificateNobodyTrusts_Fails()
    {
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=hooks.test", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using var host = new LoopbackHost(async (socket, stop) =>
        {
            await using var tls = new SslStream(new NetworkStream(socket));
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stop);
            await tls.ReadExactlyAsync(new byte[1], stop);
        });
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");

        Code(await DeliverAsync(outbound, $"https://hooks.test:{host.Port}/")).ShouldBe("tls_failure");
    }

    [Fact]
    public async Task Deliver_SmallAnswerThatUnfoldsToMuch_IsCutAtTheLimit()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(new byte[50_000_000]);
        }

        await using var host = new LoopbackHost(async (socket, stop) =>
        {
            await LoopbackHost.ReadRequestAsync(socket, stop);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n\r\n"), stop);
            await socket.SendAsync(packed.ToArray(), stop);
        });
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");
        ConnectorResponse? seen = null;
        var connector = Samples.Connector(Samples.Post($"http://hooks.test:{host.Port}/", (response, batch) =>
        {
            seen = response;
            return DeliveryOutcome.AllAccepted(batch);
        }));

        await new ConnectorClient(outbound, _time).DeliverAsync(connector, Samples.Settings(), Samples.AnaAndBo(), CancellationToken.None);

        seen.ShouldNotBeNull().IsCut.ShouldBeTrue();
        seen.Body.Length.ShouldBe(64 * 1024);
    }

    [Fact]
    public async Task Check_ReceiverAnswers_NamesEachStep()
    {
        await using var host = LoopbackHost.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");

        var steps = await new ConnectorClient(outbound, _time).CheckAsync(
            ConnectorList.All.Find("webhook")!, Samples.Settings(("url", $"http://hooks.test:{host.Port}/")), CancellationToken.None);

        steps.Select(step => (step.Name, step.Ok)).ShouldBe([("resolve", true), ("connect", true), ("authenticate", true)]);
    }

    [Fact]
    public async Task Check_NobodyListens_EndsAtConnect()
    {
        using var outbound = Guard(allowPrivate: true, "127.0.0.1");

        var steps = await new ConnectorClient(outbound, _time).CheckAsync(
            ConnectorList.All.Find("webhook")!, Samples.Settings(("url", $"http://hooks.test:{LoopbackHost.ClosedPort()}/")), CancellationToken.None);

        steps.Select(step => (step.Name, step.Ok)).ShouldBe([("resolve", true), ("connect", false)]);
    }

    private GuardedOutbound Guard(bool allowPrivate, params string[] addresses) => new(
        new OutboundOptions { AllowPrivateAddresses = allowPrivate }, _time, (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()));

    private async Task<DeliveryOutcome> DeliverAsync(IOutbound outbound, string url, CancellationToken cancellationToken = default) =>
        (await new ConnectorClient(outbound, _time).DeliverAsync(
            Samples.Connector(Samples.Post(url)), Samples.Settings(), Samples.AnaAndBo(), cancellationToken)).Outcome;

    private static string Code(DeliveryOutcome outcome) => outcome.ShouldBeOfType<DeliveryOutcome.Failed>().Code;
}
