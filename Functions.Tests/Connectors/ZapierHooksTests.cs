using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors;

public sealed class ZapierHooksTests
{
    private const string Hook = "https://hooks.zapier.com/hooks/catch/123456/abcdef/";

    private readonly PlatformTest _platform = new(ZapierHooks.Definition, ("hookUrl", Hook));

    [Fact]
    public async Task Deliver_OneByOne_StartsTheZapOfTheDirection()
    {
        var ana = Samples.Row("c-1", DeliveryOperation.Add, ("email", "ana@example.com"));
        ana.Fields.SetNull("first_name");
        foreach (var (name, value) in (ReadOnlySpan<(string, Values.Cell)>)
            [("orders", Values.Cell.Of(3L)), ("vip", Values.Cell.Of(true)), ("tags", Values.Cell.Of(["a", "b"])), ("event", Values.Cell.Of("not this"))])
        {
            ana.Fields[name] = value;
        }

        var report = await _platform.With(("exitHookUrl", "https://hooks.zapier.com/hooks/catch/123456/exits/")).DeliverAsync(
            "one-by-one", Events(ana, Samples.Row("c-9", DeliveryOperation.Remove, ("email", "bo@example.com"))));

        PlatformTest.ShouldAccept(report);
        report.Exchanges.ShouldAllBe(exchange => !exchange.Url.Contains("abcdef", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deliver_Batch_SendsAList() =>
        PlatformTest.ShouldAccept(await _platform.With(("batchSize", "100")).DeliverAsync(
            "batch", Events(Samples.Row("c-1", DeliveryOperation.Update), Samples.Row("c-9", DeliveryOperation.Remove))));

    [Theory]
    [InlineData(200, """{"status":"error"}""", typeof(DeliveryOutcome.Failed))]
    [InlineData(200, "", typeof(DeliveryOutcome.Settled))]
    [InlineData(302, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(403, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(404, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(410, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(413, "", typeof(DeliveryOutcome.Settled))]
    [InlineData(429, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, "", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Answer_IsThatOfTheTable(int status, string body, Type expected) =>
        (await _platform.DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), Events(Samples.Row("c-1", DeliveryOperation.Add)))).Outcome.ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_CallTooLarge_IsSplit()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(413), ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(200));

        PlatformTest.ShouldAccept(await _platform.With(("batchSize", "2")).DeliverAsync(
            outbound, Events(Samples.Row("c-1", DeliveryOperation.Add), Samples.Row("c-2", DeliveryOperation.Add))));
        outbound.Unused.ShouldBe(0);
    }

    [Fact]
    public async Task Check_Hook_GetsAMarkedSample() => (await _platform.CheckAsync("check")).ShouldAllBe(step => step.Ok);

    [Theory]
    [InlineData("", "https://hooks.zapier.com/hooks/catch/abcdef/")]
    [InlineData("", "https://zapier.com/hooks/catch/1/abcdef/")]
    [InlineData("/secrets/hookUrl invalid_format", "https://evilzapier.com/hooks/catch/1/a/")]
    [InlineData("/secrets/hookUrl invalid_format", "https://hooks.zapier.com.evil.example/hooks/catch/1/a/")]
    [InlineData("/secrets/hookUrl invalid_format", "http://hooks.zapier.com/hooks/catch/1/a/")]
    [InlineData("/secrets/hookUrl invalid_format", "https://me@hooks.zapier.com/hooks/catch/1/a/")]
    [InlineData("/secrets/hookUrl invalid_format", "https://hooks.zapier.com:8443/hooks/catch/1/a/")]
    [InlineData("/secrets/hookUrl invalid_url", "https://hooks.zapier.com/hooks/catch/1/a/#part")]
    [InlineData("/secrets/hookUrl required", "")]
    public void Check_HookAddress_MustBeZapiers(string expected, string address) => _platform.With(("hookUrl", address)).Faults().ShouldBe(expected);

    [Theory]
    [InlineData("", "email", "events")]
    [InlineData("invalid_name", "event_id")]
    [InlineData("invalid_name", "test")]
    public void Check_Mapping_LeavesOurNamesAlone(string expected, params string[] targets) =>
        string.Join(',', ZapierHooks.Definition.Fields.Check(targets).Select(fault => fault.Code)).ShouldBe(expected);

    private static DeliveryBatch Events(params DeliveryRow[] rows) => Samples.Batch(rows) with { Form = DeliveryForm.Events };
}
