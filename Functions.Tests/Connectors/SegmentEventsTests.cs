using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors;

public sealed class SegmentEventsTests
{
    private static readonly (string, string)[] Segment = [("writeKey", "s3cret-key")];

    private static readonly (string, string)[] Custom =
        [("writeKey", "s3cret-key"), ("region", "custom"), ("endpoint", "https://acme.dataplane.example/v1/")];

    private static readonly DeliveryRow Ana = Samples.Row("c-1", DeliveryOperation.Add, ("userId", "c-1"), ("email", "ana@example.com"));

    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Fact]
    public async Task Deliver_Track_SendsTheBatch()
    {
        var wire = WireFile.Read("segment-events", "track-batch");
        var outbound = wire.Outbound();
        var batch = Events(
            Samples.Row(
                "c-1", DeliveryOperation.Add, ("userId", "c-1"), ("email", "ana@example.com"), ("orders", 3), ("ltv", 120.50m), ("vip", true), ("tags", new[] { "a", "b" }),
                ("lapsed_loyal", "not this")),
            Samples.Row("c-9", DeliveryOperation.Remove, ("userId", "c-9"), ("anonymousId", "an-9")));

        var outcome = await DeliverAsync(outbound, batch, Segment);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Accepted);
    }

    [Fact]
    public async Task Deliver_IdentifyToAnotherEndpoint_SendsTheKeyInTheBodyAndReadsPlainText()
    {
        var wire = WireFile.Read("segment-events", "identify-custom");
        var outbound = wire.Outbound();
        var batch = Events(Samples.Row("c-1", DeliveryOperation.Update, ("anonymousId", "an-1"), ("email", "ana@example.com")));

        var outcome = await DeliverAsync(outbound, batch, [.. Custom, ("writeKeyIn", "body"), ("eventStyle", "identify")]);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldBe([RowOutcome.Accepted]);
    }

    /// <summary>Whoever entered the step of a journey: the key as a text, and the one integration that it is for.</summary>
    [Theory]
    [InlineData("track")]
    [InlineData("identify")]
    public async Task Deliver_JourneyStep_SaysThatItWasEntered(string style)
    {
        var wire = WireFile.Read("segment-events", $"journey-{style}");
        var outbound = wire.Outbound();

        await DeliverAsync(outbound, Events(Ana) with { Audience = Samples.Step }, [.. Segment, ("eventStyle", style)]);

        wire.ShouldBe(outbound.Sent);
    }

    [Theory]
    [InlineData("us", "https://api.segment.io/v1/batch")]
    [InlineData("eu", "https://events.eu1.segmentapis.com/v1/batch")]
    public async Task Deliver_Region_DecidesTheHost(string region, string address)
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200));

        await DeliverAsync(outbound, Events(Ana), [.. Segment, ("region", region)]);

        outbound.Sent[0].Url.AbsoluteUri.ShouldBe(address);
    }

    [Theory]
    [InlineData("check-segment")]
    [InlineData("check-custom")]
    public async Task Check_WriteKey_IsAskedForWithoutAnEvent(string file)
    {
        var wire = WireFile.Read("segment-events", file);
        var outbound = wire.Outbound();

        var steps = await CheckAsync(outbound, file is "check-custom" ? Custom : Segment);

        wire.ShouldBe(outbound.Sent);
        steps.ShouldAllBe(step => step.Ok);
    }

    [Theory]
    [InlineData("us", 404, "authenticate")]
    [InlineData("us", 500, "request")]
    [InlineData("custom", 401, "authenticate")]
    [InlineData("custom", 404, "request")]
    public async Task Check_Refused_SaysWhere(string region, int status, string step)
    {
        var steps = await CheckAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, "Invalid Authorization Header")), region is "us" ? Segment : Custom);

        (steps[^1].Name, steps[^1].Ok).ShouldBe((step, false));
    }

    [Fact]
    public async Task Deliver_CallTooLargeOrWithoutId_IsLeftOutAlone()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"success":true}"""));
        var batch = Events(
            Samples.Row("c-1", DeliveryOperation.Add, ("userId", "c-1"), ("note", new string('ü', 16 * 1024))),
            Samples.Row("c-2", DeliveryOperation.Add, ("email", "bo@example.com")),
            Ana);

        var outcome = await DeliverAsync(outbound, batch, Segment);

        outbound.Sent[0].Text.ShouldNotContain("c-2");
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => (row.Fate, row.Code))
            .ShouldBe([(RowFate.Rejected, "call_too_large"), (RowFate.Rejected, "missing_identifier"), (RowFate.Accepted, null)]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Deliver_CallAtTheLimit_IsSentUpToTheLastByte(int beyond)
    {
        var overhead = 32 * 1024 - (await SizeOfAsync(new string('x', 1_000)) - 1_000);
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200));
        var row = Samples.Row("c-1", DeliveryOperation.Add, ("userId", "c-1"), ("note", new string('x', overhead + beyond)));

        await DeliverAsync(outbound, Events(row), Segment);

        outbound.Sent.Count.ShouldBe(1 - beyond);
    }

    [Theory]
    [InlineData(200, """{"success":false,"message":"malformed"}""", typeof(DeliveryOutcome.Refused))]
    [InlineData(200, "OK", typeof(DeliveryOutcome.Settled))]
    [InlineData(204, "", typeof(DeliveryOutcome.Settled))]
    [InlineData(400, "Invalid request", typeof(DeliveryOutcome.Refused))]
    [InlineData(401, "Invalid Authorization Header", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(408, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(413, "Request size too large", typeof(DeliveryOutcome.Refused))]
    [InlineData(425, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(429, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(503, "", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Answer_IsThatOfTheTable(int status, string body, Type expected) =>
        (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), Events(Ana), Segment)).ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_Throttled_WaitsAsTold() =>
        (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(429, null, ("X-RateLimit-Reset", "7"))), Events(Ana), Segment))
            .ShouldBeOfType<DeliveryOutcome.Throttled>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(7));

    [Theory]
    [InlineData("", "region", "eu")]
    [InlineData("/settings/endpoint required", "region", "custom")]
    [InlineData("/settings/endpoint ambiguous", "endpoint", "https://acme.dataplane.example/v1")]
    [InlineData("/secrets/writeKey invalid_format", "writeKey", "two words")]
    public void Check_Settings_NameWhatIsWrong(string expected, string name, string value) =>
        string.Join(',', SettingRules.Check(SegmentEvents.Definition, Samples.Settings([.. Segment.Where(pair => pair.Item1 != name), (name, value)]))
            .Select(fault => $"{fault.Pointer} {fault.Code}")).ShouldBe(expected);

    private static DeliveryBatch Events(params DeliveryRow[] rows) => Samples.Batch(rows) with { Form = DeliveryForm.Events };

    private async Task<int> SizeOfAsync(string note)
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200));
        await DeliverAsync(outbound, Events(Samples.Row("c-1", DeliveryOperation.Add, ("userId", "c-1"), ("note", note))), Segment);
        return outbound.Sent[0].Body.Length - """{"batch":[]}""".Length;
    }

    private async Task<DeliveryOutcome> DeliverAsync(IOutbound outbound, DeliveryBatch batch, (string, string)[] settings) =>
        (await new ConnectorClient(outbound, _time).DeliverAsync(SegmentEvents.Definition, Samples.Settings(settings), batch, CancellationToken.None)).Outcome;

    private async Task<IReadOnlyList<CheckStep>> CheckAsync(IOutbound outbound, (string, string)[] settings) =>
        await new ConnectorClient(outbound, _time).CheckAsync(SegmentEvents.Definition, Samples.Settings(settings), CancellationToken.None);
}
