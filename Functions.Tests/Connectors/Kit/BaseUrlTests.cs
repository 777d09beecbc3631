using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Kit;

public sealed class BaseUrlTests
{
    [Theory]
    [InlineData("http://127.0.0.1:7100", "https://eu1.api.example/v1/lists?id=7&x=a%20b", "http://127.0.0.1:7100/v1/lists?id=7&x=a%20b")]
    [InlineData("http://127.0.0.1:7100/", "https://api.example/", "http://127.0.0.1:7100/")]
    [InlineData("http://127.0.0.1:7100/klaviyo", "https://api.example/api/lists/", "http://127.0.0.1:7100/klaviyo/api/lists/")]
    [InlineData("http://127.0.0.1:7100/klaviyo/", "https://api.example/api", "http://127.0.0.1:7100/klaviyo/api")]
    [InlineData("http://127.0.0.1:7100/klaviyo", "http://127.0.0.1:7100/klaviyo/api?page=2", "http://127.0.0.1:7100/klaviyo/api?page=2")] // a link in an answer
    [InlineData("http://127.0.0.1:7100/klaviyo", "http://127.0.0.1:7100/klaviyo2/api", "http://127.0.0.1:7100/klaviyo/klaviyo2/api")]
    [InlineData("https://sim.example:8443", "https://api.example/a%2Fb?q=%7B%7D", "https://sim.example:8443/a%2Fb?q=%7B%7D")]
    public void Apply_Address_KeepsPathAndQueryBehindTheBase(string @base, string address, string expected) =>
        BaseUrl.Apply(new(@base), new(address)).AbsoluteUri.ShouldBe(expected);

    [Fact]
    public void Catalog_EveryConnectorThatSpeaksHttp_HasTheHiddenSetting()
    {
        foreach (var connector in ConnectorList.All.All.Where(connector => connector.Transport is null))
        {
            connector.Settings.Single(field => field.Name == "baseUrl").Hidden.ShouldBeTrue(connector.Type);
        }

        ConnectorList.All.All.Where(connector => connector.Transport is not null).ShouldAllBe(connector => !connector.Settings.Any(field => field.Name == "baseUrl"));
    }

    [Fact]
    public async Task Call_BaseUrlAllowed_ComesBeforeTheSignature()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200)) { AllowsPrivateAddresses = true };
        var connector = Samples.Connector() with
        {
            Authorize = context => context.Request.Headers.Add("X-Signed", context.Request.RequestUri!.AbsoluteUri),
        };

        await new ConnectorClient(outbound, new ManualTimeProvider(Samples.Now))
            .DeliverAsync(connector, Samples.Settings(("baseUrl", "http://127.0.0.1:9/sim")), Samples.AnaAndBo(), default);

        outbound.Sent.Single().Url.AbsoluteUri.ShouldBe("http://127.0.0.1:9/sim/members");
        outbound.Sent.Single().Headers["x-signed"].ShouldBe("http://127.0.0.1:9/sim/members");
    }

    [Fact]
    public async Task Call_BaseUrlNotAllowed_SendsNothing()
    {
        var outbound = new ScriptedOutbound();

        var report = await new ConnectorClient(outbound, new ManualTimeProvider(Samples.Now))
            .DeliverAsync(Samples.Connector(), Samples.Settings(("baseUrl", "https://elsewhere.example")), Samples.AnaAndBo(), default);

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("local_use_only");
        outbound.Sent.ShouldBeEmpty();
    }
}
