using System.Text;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Webhook;

public sealed class WebhookConnectorTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static readonly DeliveryRow Ana = Samples.Row("c-1", DeliveryOperation.Add, ("user_id", "c-1"), ("email", "ana@example.com"), ("orders", 3));

    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Fact]
    public async Task Deliver_Membership_SendsTheEnvelopeAndReadsTheRowsNamed()
    {
        var wire = WireFile.Read("webhook", "membership");
        var batch = Samples.Batch(
            Samples.Row(
                "c-1", DeliveryOperation.Add, ("user_id", "c-1"), ("email", "ana@example.com"), ("orders", 3), ("vip", true), ("tags", new[] { "a", "b" }),
                ("since", new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero)), ("revenue", 120.50m)),
            Samples.Row("c-2", DeliveryOperation.Update, ("user_id", "c-2"), ("email", "zoë@example.com")),
            Samples.Row("c-9", DeliveryOperation.Remove, ("user_id", "c-9")));
        var outbound = wire.Outbound();

        var outcome = await DeliverAsync(
            outbound, batch, ("url", "https://hooks.example/audience?team=crm"), ("signingSecret", Secret), ("headers", "x-source: audiences\n"));

        var signed = StandardWebhooks.Sign("msg_1", Samples.Now, outbound.Sent[0].Body, Secret);
        outbound.Sent[0].Headers["webhook-signature"].ShouldBe(signed);
        wire.ShouldBe([outbound.Sent[0] with { Headers = outbound.Sent[0].Headers.SetItem("webhook-signature", "v1,SIGNATURE") }]);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldBe(
            [RowOutcome.Accepted, new(RowFate.Rejected, "rejected_by_receiver", "••• is blocked"), RowOutcome.Accepted]);
    }

    [Fact]
    public async Task Deliver_Event_SendsOneTrackCall()
    {
        var wire = WireFile.Read("webhook", "events-track");
        var outbound = wire.Outbound();

        var outcome = await DeliverAsync(
            outbound, Samples.Batch(Ana) with { Form = DeliveryForm.Events },
            ("url", "https://hooks.example/events"), ("method", "PUT"), ("auth", "bearer"), ("token", "s3cret-token"));

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldBe([RowOutcome.Accepted]);
    }

    [Fact]
    public async Task Deliver_JourneyStep_SaysThatItWasEntered()
    {
        var wire = WireFile.Read("webhook", "journey-track");
        var outbound = wire.Outbound();

        await DeliverAsync(outbound, Samples.Batch(Ana) with { Form = DeliveryForm.Events, Audience = Samples.Step }, ("url", "https://hooks.example/events"));

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task Deliver_BatchOfIdentifies_SendsThemTogether()
    {
        var wire = WireFile.Read("webhook", "events-batch");
        var outbound = wire.Outbound();
        var batch = Samples.Batch(
            Samples.Row("c-1", DeliveryOperation.Update, ("userId", "mapped-1"), ("email", "ana@example.com"), ("lapsed_loyal", "not this")),
            Samples.Row("c-9", DeliveryOperation.Remove, ("email", "bo@example.com"))) with
        {
            Form = DeliveryForm.Events,
        };

        await DeliverAsync(
            outbound, batch, ("url", "https://hooks.example/events"), ("auth", "basic"), ("username", "me"), ("password", "s3cret"),
            ("eventStyle", "identify"), ("eventBatch", "true"));

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task Deliver_SeveralEventsUnbatched_AreRefusedUnsentSoThatEachGoesAlone()
    {
        var outbound = new ScriptedOutbound();

        var outcome = await DeliverAsync(outbound, Samples.AnaAndBo() with { Form = DeliveryForm.Events }, ("url", "https://hooks.example/"));

        outcome.ShouldBeOfType<DeliveryOutcome.Refused>().Code.ShouldBe("too_many_rows");
        outbound.Sent.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(DeliveryOperation.Add, "Audience Entered", "true")]
    [InlineData(DeliveryOperation.Update, "Audience Changed", "true")]
    [InlineData(DeliveryOperation.Remove, "Audience Exited", "false")]
    public async Task Deliver_Event_NamesWhatHappened(DeliveryOperation operation, string name, string member)
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200));

        await DeliverAsync(outbound, Samples.Batch(Ana with { Operation = operation }) with { Form = DeliveryForm.Events }, ("url", "https://hooks.example/"));

        outbound.Sent[0].Text.ShouldContain($"\"event\":\"{name}\"");
        outbound.Sent[0].Text.ShouldContain($"\"lapsed_loyal\":{member}");
    }

    [Fact]
    public async Task Check_Connection_SendsACallAboutNobody()
    {
        var wire = WireFile.Read("webhook", "test");
        var outbound = wire.Outbound();

        var steps = await new ConnectorClient(outbound, _time).CheckAsync(
            WebhookConnector.Definition,
            Samples.Settings(("url", "https://hooks.example/audience"), ("auth", "header"), ("headerName", "X-Api-Key"), ("headerValue", "s3cret")),
            CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        steps.ShouldAllBe(step => step.Ok);
    }

    [Fact]
    public async Task Deliver_Retry_HasTheSameIdAndBodyAndANewTimestamp()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(500), ScriptedOutbound.Answer(200));
        var settings = new[] { ("url", "https://hooks.example/"), ("signingSecret", Secret) };

        await DeliverAsync(outbound, Samples.AnaAndBo(), settings);
        _time.Advance(TimeSpan.FromSeconds(30));
        await DeliverAsync(outbound, Samples.AnaAndBo(), settings);

        outbound.Sent[1].Body.ShouldBe(outbound.Sent[0].Body);
        outbound.Sent[1].Headers["webhook-id"].ShouldBe(outbound.Sent[0].Headers["webhook-id"]);
        outbound.Sent[1].Headers["webhook-timestamp"].ShouldBe("1795341630");
        outbound.Sent[1].Headers["webhook-signature"].ShouldBe(StandardWebhooks.Sign("msg_1", Samples.Now.AddSeconds(30), outbound.Sent[0].Body, Secret));
    }

    [Fact]
    public async Task Deliver_SecretBeingRotated_SignsWithBoth()
    {
        var previous = $"whsec_{Convert.ToBase64String(Encoding.ASCII.GetBytes("the previous secret, 32 bytes ok"))}";
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200));

        await DeliverAsync(outbound, Samples.AnaAndBo(), ("url", "https://hooks.example/"), ("signingSecret", Secret), ("previousSigningSecret", previous));

        outbound.Sent[0].Headers["webhook-signature"].ShouldBe(StandardWebhooks.Sign("msg_1", Samples.Now, outbound.Sent[0].Body, Secret, previous));
    }

    [Theory]
    [InlineData("""{"errors":[{"recordId":"op_c-9","message":"later","retryable":true,"code":"busy"}]}""", RowFate.Retryable, "busy")]
    [InlineData("""{"errors":[{"record_id":"op_c-9","message":"no"}]}""", RowFate.Rejected, "rejected_by_receiver")]
    [InlineData("""{"errors":[{"messageId":"op_c-9"}]}""", RowFate.Rejected, "rejected_by_receiver")]
    [InlineData("""{"results":[{"recordId":"op_c-1","status":200},{"recordId":"op_c-9","status":422,"code":"invalid"}]}""", RowFate.Rejected, "invalid")]
    [InlineData("""{"results":[{"recordId":"op_c-9","status":503}]}""", RowFate.Retryable, "http_503")]
    [InlineData("""{"results":[{"recordId":"op_c-9","status":"429"}]}""", RowFate.Retryable, "http_429")]
    [InlineData("""{"results":[{"recordId":"op_c-9","status":"failed","error":"why"}]}""", RowFate.Rejected, "rejected_by_receiver")]
    [InlineData("""{"results":[{"recordId":"op_c-9","status":"success"}]}""", RowFate.Accepted, null)]
    [InlineData("""{"errors":[{"recordId":"somebody else","message":"no"}]}""", RowFate.Accepted, null)]
    [InlineData("""{"errors":["text",7,null,{"message":"about nobody"}]}""", RowFate.Accepted, null)]
    [InlineData("""{"errors":{"recordId":"op_c-9"}}""", RowFate.Accepted, null)]
    [InlineData("""["op_c-9"]""", RowFate.Accepted, null)]
    [InlineData("<html>thanks</html>", RowFate.Accepted, null)]
    [InlineData("", RowFate.Accepted, null)]
    public async Task Deliver_Answer_SettlesTheRowsItNames(string body, RowFate fate, string? code)
    {
        foreach (var status in (int[])[200, 207])
        {
            var outcome = await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), Samples.AnaAndBo(), ("url", "https://hooks.example/"));

            var rows = outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows;
            rows[0].ShouldBe(RowOutcome.Accepted);
            (rows[1].Fate, rows[1].Code).ShouldBe((fate, code));
        }
    }

    [Fact]
    public async Task Deliver_AnswerTooLongToRead_LeavesRowsUncertain()
    {
        var body = $$"""{"errors":[{"recordId":"op_c-9","message":"{{new string('x', 1_000_000)}}"}]}""";

        var outcome = await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, body)), Samples.AnaAndBo(), ("url", "https://hooks.example/"));

        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Uncertain);
    }

    [Theory]
    [InlineData(302, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, typeof(DeliveryOutcome.Refused))]
    [InlineData(401, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(408, typeof(DeliveryOutcome.Failed))]
    [InlineData(409, typeof(DeliveryOutcome.Failed))]
    [InlineData(410, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(413, typeof(DeliveryOutcome.Refused))]
    [InlineData(415, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(422, typeof(DeliveryOutcome.Refused))]
    [InlineData(429, typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsThatOfTheTable(int status, Type expected) =>
        (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status)), Samples.AnaAndBo(), ("url", "https://hooks.example/"))).ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_MoreThanAMegabyte_IsRefusedUnsent()
    {
        var outbound = new ScriptedOutbound();
        var batch = Samples.Batch(Samples.Row("c-1", DeliveryOperation.Add, ("note", new string('x', 1_000_000))));

        (await DeliverAsync(outbound, batch, ("url", "https://hooks.example/"))).ShouldBeOfType<DeliveryOutcome.Refused>().Code.ShouldBe("body_too_large");
    }

    [Fact]
    public void CapabilitiesOf_Settings_DecideTheLimits()
    {
        var settings = Samples.Settings(("batchSize", "250"), ("concurrency", "2"), ("requestsPerSecond", "0"), ("timeoutSeconds", "5"));
        var defaults = WebhookConnector.Definition.CapabilitiesOf(Samples.Settings());

        var card = WebhookConnector.Definition.CapabilitiesOf(settings);

        (card.RowsPerBatch, card.ConcurrentCalls, card.CallsPerSecond, card.CallTimeout).ShouldBe((250, 2, 0, TimeSpan.FromSeconds(5)));
        (defaults.RowsPerBatch, defaults.ConcurrentCalls, defaults.CallTimeout).ShouldBe((100, 4, TimeSpan.FromSeconds(30)));
        WebhookConnector.Definition.CapabilitiesOf(settings, DeliveryForm.Events).RowsPerBatch.ShouldBe(1);
        WebhookConnector.Definition.CapabilitiesOf(Samples.Settings(("eventBatch", "true")), DeliveryForm.Events).RowsPerBatch.ShouldBe(100);
    }

    [Theory]
    [InlineData("/settings/headerName required,/secrets/headerValue required", "auth", "header")]
    [InlineData("/settings/username required,/secrets/password required", "auth", "basic")]
    [InlineData("/secrets/token required", "auth", "bearer")]
    [InlineData("/secrets/signingSecret invalid_secret", "signingSecret", "whsec_short")]
    [InlineData("/secrets/signingSecret required", "previousSigningSecret", Secret)]
    [InlineData("/settings/headers invalid_header", "headers", "no colon")]
    [InlineData("/settings/headers invalid_header", "headers", "X-A: ok\nX-B: grüße")]
    [InlineData("/settings/headers invalid_header", "headers", "webhook-id: mine")]
    [InlineData("/settings/headers invalid_header", "headers", "Host: other.example")]
    [InlineData("/settings/headers invalid_header", "headers", "authorization: Bearer x")]
    [InlineData("/settings/headerName invalid_header", "headerName", "Content-Length")]
    [InlineData("/settings/headerName invalid_format", "headerName", "X Key")]
    [InlineData("/secrets/token invalid_format", "token", "line\nbreak")]
    [InlineData("/settings/batchSize out_of_range", "batchSize", "1001")]
    [InlineData("/settings/method invalid_choice", "method", "DELETE")]
    [InlineData("", "headers", "X-A: one\r\nX-B: two words\n\n")]
    public void Check_Settings_NameWhatIsWrong(string expected, string name, string value) =>
        string.Join(',', SettingRules.Check(WebhookConnector.Definition, Samples.Settings(("url", "https://hooks.example/"), (name, value)))
            .Select(fault => $"{fault.Pointer} {fault.Code}")).ShouldBe(expected);

    private async Task<DeliveryOutcome> DeliverAsync(IOutbound outbound, DeliveryBatch batch, params (string, string)[] settings) =>
        (await new ConnectorClient(outbound, _time).DeliverAsync(WebhookConnector.Definition, Samples.Settings(settings), batch, CancellationToken.None)).Outcome;
}
