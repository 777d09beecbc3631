using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Shopify;

public sealed class ShopifyConnectorTests
{
    private readonly PlatformTest _platform = new(ShopifyConnector.Definition, ("shop", "acme.myshopify.com"), ("accessToken", "s3cret-token"));

    [Fact]
    public async Task Deliver_AddsAndRemovals_FindCustomersThenTagThemByName()
    {
        var report = await _platform.DeliverAsync("tag", PlatformTest.Batch(
            "vip", Samples.Row("c-1", DeliveryOperation.Add, ("email", " Ana@Example.com"), ("phone", "+1")),
            Samples.Row("c-2", DeliveryOperation.Add, ("phone", "+44 7700 900123")),
            Samples.Row("c-9", DeliveryOperation.Remove, ("id", "9"))));

        PlatformTest.Fates(report).ShouldBe([(RowFate.Accepted, null), (RowFate.Rejected, "no_such_customer"), (RowFate.Accepted, null)]);
        ((DeliveryOutcome.Settled)report.Outcome).Rows[0].RemoteId.ShouldBe("gid://shopify/Customer/1");
        report.Exchanges.ShouldAllBe(exchange => !exchange.RequestBody!.Contains("customerUpdate", StringComparison.Ordinal) && !exchange.RequestBody.Contains("customerDelete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deliver_UnknownPerson_IsCreatedWhenWanted() =>
        PlatformTest.ShouldAccept(await _platform.With(("createCustomers", "true")).DeliverAsync(
            "create-customer", PlatformTest.Batch("vip", Samples.Row("c-1", DeliveryOperation.Add, ("email", "ana@example.com")))));

    [Fact]
    public async Task Deliver_RemovalOfAnUnknownPerson_IsDone()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"data":{"c0":null}}"""));

        PlatformTest.ShouldAccept(await _platform.With(("createCustomers", "true")).DeliverAsync(outbound, PlatformTest.Batch("vip", Samples.Row("c-1", DeliveryOperation.Remove, ("email", "ana@example.com")))));
    }

    [Theory]
    [InlineData(DeliveryOperation.Add, "Customer does not exist", RowFate.Retryable, "remote_id_gone")]
    [InlineData(DeliveryOperation.Remove, "Customer does not exist", RowFate.Accepted, null)]
    [InlineData(DeliveryOperation.Add, "Tags cannot be more than 250", RowFate.Rejected, "user_error")]
    public async Task Deliver_UserError_IsTheRows(DeliveryOperation operation, string message, RowFate fate, string? code)
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, $"{{\"data\":{{\"c0\":{{\"node\":null,\"userErrors\":[{{\"field\":[\"id\"],\"message\":\"{message}\"}}]}}}}}}"));

        PlatformTest.Fates(await _platform.DeliverAsync(outbound, PlatformTest.Batch("vip", Known("c-1", operation)))).ShouldBe([(fate, code)]);
    }

    [Fact]
    public async Task Deliver_FieldNotAnswered_IsNotTakenForSuccess() =>
        PlatformTest.Fates(await _platform.DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"data":{}}""")), PlatformTest.Batch("vip", Known("c-1", DeliveryOperation.Add))))
            .ShouldBe([(RowFate.Uncertain, "not_mentioned")]);

    [Fact]
    public async Task Deliver_ErrorOfOneField_IsThatRows()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(
            200, """{"data":{"c0":{"node":{"id":"gid://shopify/Customer/1"},"userErrors":[]},"c1":null},"errors":[{"message":"invalid id","path":["c1"],"extensions":{"code":"RESOURCE_NOT_FOUND"}}]}"""));

        PlatformTest.Fates(await _platform.DeliverAsync(outbound, PlatformTest.Batch("vip", Known("c-1", DeliveryOperation.Add), Known("c-2", DeliveryOperation.Add))))
            .ShouldBe([(RowFate.Accepted, null), (RowFate.Rejected, "RESOURCE_NOT_FOUND")]);
    }

    [Fact]
    public async Task Deliver_Throttled_WaitsUntilTheBucketHoldsTheCall()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """
            {"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],
             "extensions":{"cost":{"requestedQueryCost":250,"throttleStatus":{"maximumAvailable":2000.0,"currentlyAvailable":50,"restoreRate":100.0}}}}
            """));

        (await _platform.DeliverAsync(outbound, PlatformTest.Batch("vip", Known("c-1", DeliveryOperation.Add))))
            .Outcome.ShouldBeOfType<DeliveryOutcome.Throttled>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(2));
    }

    [Theory]
    [InlineData(200, """{"errors":[{"message":"Access denied","extensions":{"code":"ACCESS_DENIED"}}],"data":{"c0":null}}""", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(200, """{"errors":[{"message":"Internal error","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}""", typeof(DeliveryOutcome.Failed))]
    [InlineData(200, """{"errors":[{"message":"syntax error"}]}""", typeof(DeliveryOutcome.Settled))]
    [InlineData(200, "<html/>", typeof(DeliveryOutcome.Failed))]
    [InlineData(401, """{"errors":"[API] Invalid API key or access token"}""", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(402, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(404, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(423, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(429, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(430, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(503, "", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsReadOnEachLevel(int status, string body, Type expected) =>
        (await _platform.DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), PlatformTest.Batch("vip", Known("c-1", DeliveryOperation.Add)))).Outcome.ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_ManyCustomers_GoInParts()
    {
        var outbound = new ScriptedOutbound(Enumerable.Repeat<Func<SentRequest, HttpResponseMessage>>(
            sent => ScriptedOutbound.Answer(200, $"{{\"data\":{{{string.Join(',', Enumerable.Range(0, 25).Select(number => $"\"c{number}\":{{\"userErrors\":[]}}"))}}}}}")(sent), 2));

        PlatformTest.ShouldAccept(await _platform.DeliverAsync(outbound, PlatformTest.Batch("vip", [.. Enumerable.Range(0, 30).Select(number => Known($"c-{number}", DeliveryOperation.Add))])));

        outbound.Sent.Select(sent => sent.Text.Split("tagsAdd").Length - 1).ShouldBe([25, 5]);
    }

    [Fact]
    public async Task Resolve_NoSegment_MakesOneOverTheTag() => (await _platform.ResolveAsync("create-segment")).ExternalId.ShouldBe("lapsed_loyal");

    [Fact]
    public async Task Resolve_SegmentOfThatName_IsNotMadeAgain() =>
        (await _platform.ResolveAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"data":{"segments":{"nodes":[{"id":"gid://shopify/Segment/2","name":"Lapsed loyal"}]}}}""")))).ExternalId.ShouldBe("lapsed_loyal");

    [Fact]
    public async Task Check_App_FetchesATokenAndLooksForTheScopes() =>
        (await new PlatformTest(ShopifyConnector.Definition, ("shop", "acme.myshopify.com"), ("clientId", "app-1"), ("clientSecret", "s3cret-app")).CheckAsync("check-app")).ShouldAllBe(step => step.Ok);

    [Fact]
    public async Task Check_ScopeMissing_SaysWhich() =>
        (await _platform.CheckAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"data":{"currentAppInstallation":{"accessScopes":[{"handle":"read_customers"}]}}}"""))))[^1]
            .Detail.ShouldNotBeNull().ShouldContain("write_customers");

    [Theory]
    [InlineData("", "shop", "acme-2.myshopify.com")]
    [InlineData("/settings/shop invalid_format", "shop", "acme.example.com")]
    [InlineData("/secrets ambiguous", "clientId", "app-1")]
    [InlineData("/secrets required", "accessToken", "")]
    [InlineData("/settings/apiVersion invalid_format", "apiVersion", "2026-05")]
    public void Check_Settings_NameWhatIsWrong(string expected, string name, string value) => _platform.With((name, value)).Faults().ShouldBe(expected);

    [Fact]
    public async Task Deliver_TagWithAComma_StaysOneTag()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"data":{"c0":{"userErrors":[]}}}"""));

        await _platform.DeliverAsync(outbound, PlatformTest.Batch("vip, gold", Known("c-1", DeliveryOperation.Add)));

        outbound.Sent[0].Text.ShouldContain("\"t\":[\"vip  gold\"]");
    }

    private static DeliveryRow Known(string id, DeliveryOperation operation) => Samples.Row(id, operation, ("email", $"{id}@example.com")) with { RemoteId = "gid://shopify/Customer/1" };
}
