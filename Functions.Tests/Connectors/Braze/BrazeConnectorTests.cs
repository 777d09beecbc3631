using System.Text.Json.Nodes;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Braze;

public sealed class BrazeConnectorTests
{
    private static readonly (string, string)[] Settings = [("endpoint", "https://rest.iad-01.braze.com/"), ("apiKey", "s3cret-key")];

    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Fact]
    public async Task Deliver_Flags_SetsThemAndReadsTheRowNamedInsideA201()
    {
        var wire = WireFile.Read("braze", "flag");
        var outbound = wire.Outbound();
        var batch = Samples.Batch(
            Samples.Row(
                "c-1", DeliveryOperation.Add, ("external_id", " c-1 "), ("email", "Ana@Example.com"), ("first_name", "Ana"), ("orders", 3),
                ("since", new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero)), ("tags", new[] { "a", "b" }), ("braze_id", "not two"), ("lapsed_loyal", "not this")),
            Samples.Row("c-2", DeliveryOperation.Update, ("external_id", 42), ("tier", "gold")),
            Samples.Row("c-3", DeliveryOperation.Add, ("email", "zoe@example.com"), ("phone", "+4712345678")),
            Samples.Row("c-9", DeliveryOperation.Remove, ("external_id", "c-9"), ("email", "bo@example.com")));

        var outcome = await DeliverAsync(outbound, batch, Settings);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldBe(
            [RowOutcome.Accepted, new(RowFate.Rejected, "EXTERNAL_USER_ID_TOO_LARGE", "EXTERNAL_USER_ID_TOO_LARGE"), RowOutcome.Accepted, RowOutcome.Accepted]);
    }

    [Fact]
    public async Task Deliver_List_ChangesOneNameOfItInBulk()
    {
        var wire = WireFile.Read("braze", "list");
        var outbound = wire.Outbound();
        var batch = Samples.Batch(
            Samples.Row("c-1", DeliveryOperation.Add, ("user_alias", "ana")), Samples.Row("c-9", DeliveryOperation.Remove, ("braze_id", "b-7")));

        await DeliverAsync(
            outbound, batch, ("endpoint", "https://rest.fra-01.braze.eu"), ("apiKey", "s3cret-key"), ("membership", "list"), ("aliasLabel", "crm"), ("bulk", "true"));

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task Deliver_Events_AreNamedByWhatHappened()
    {
        var wire = WireFile.Read("braze", "events");
        var outbound = wire.Outbound();
        var batch = Samples.Batch(
            Samples.Row("c-1", DeliveryOperation.Add, ("external_id", "c-1"), ("email", "ana@example.com"), ("tier", "gold")),
            Samples.Row("c-2", DeliveryOperation.Update, ("external_id", "c-2")),
            Samples.Row("c-9", DeliveryOperation.Remove, ("external_id", "c-9"))) with
        {
            Form = DeliveryForm.Events,
        };

        var outcome = await DeliverAsync(outbound, batch, [.. Settings, ("appId", "app-1")]);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldBe([RowOutcome.Accepted, new(RowFate.Retryable, "row_error", "'name' is too long"), RowOutcome.Accepted]);
    }

    [Fact]
    public async Task Deliver_RefusedBatch_IsSentAgainWithoutTheRowNamed()
    {
        var wire = WireFile.Read("braze", "refused-rows");
        var outbound = wire.Outbound();

        var outcome = await DeliverAsync(outbound, Three(), Settings);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Fate).ShouldBe([RowFate.Accepted, RowFate.Rejected, RowFate.Accepted]);
    }

    [Fact]
    public async Task Check_Connection_SendsNobodyAndTakesTheComplaintForSuccess()
    {
        var wire = WireFile.Read("braze", "check");
        var outbound = wire.Outbound();

        var steps = await new ConnectorClient(outbound, _time).CheckAsync(BrazeConnector.Definition, Samples.Settings(Settings), CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        steps.ShouldAllBe(step => step.Ok);
    }

    [Theory]
    [InlineData(401, "authenticate")]
    [InlineData(403, "authenticate")]
    [InlineData(404, "request")]
    public async Task Check_Refused_NamesTheStep(int status, string step)
    {
        var steps = await new ConnectorClient(new ScriptedOutbound(ScriptedOutbound.Answer(status)), _time)
            .CheckAsync(BrazeConnector.Definition, Samples.Settings(Settings), CancellationToken.None);

        steps.Single(tried => !tried.Ok).Name.ShouldBe(step);
    }

    [Theory]
    [InlineData(201, """{"message":"success","errors":[]}""", "Accepted", "Accepted", "Accepted")]
    [InlineData(202, """{"message":"queued"}""", "Accepted", "Accepted", "Accepted")]
    [InlineData(201, "{}", "Accepted", "Accepted", "Accepted")]
    [InlineData(201, """{"message":"success","errors":[{"type":"BLACKLISTED_EXTERNAL_USER_ID","index":0}]}""", "Rejected", "Accepted", "Accepted")]
    [InlineData(201, """{"message":"success","errors":[{"type":"'external_id' must be fewer than 988 bytes","index":1}]}""", "Accepted", "Rejected", "Accepted")]
    [InlineData(201, """{"message":"success","errors":[{"type":"SOME_TRANSIENT_ATTR_ERROR","index":2}]}""", "Accepted", "Accepted", "Retryable")]
    [InlineData(201, """{"message":"success","errors":[{"type":"user not found for external_id","index":0}]}""", "Retryable", "Accepted", "Accepted")]
    [InlineData(201, """{"message":"success","errors":[{"type":"UNINDEXED_FAILURE"}]}""", "Retryable", "Retryable", "Retryable")]
    [InlineData(201, """{"message":"success","errors":["a bare sentence"]}""", "Retryable", "Retryable", "Retryable")]
    [InlineData(201, """{"message":"success","errors":[{"type":"EXTERNAL_USER_ID_TOO_LARGE","index":0},{"type":"ORPHAN"}]}""", "Rejected", "Retryable", "Retryable")]
    [InlineData(201, """{"message":"success","errors":[{"type":"x","index":99},{"type":"x","index":-1}]}""", "Accepted", "Accepted", "Accepted")]
    [InlineData(201, "<html>hello</html>", "Uncertain", "Uncertain", "Uncertain")]
    public async Task Deliver_Answer_SettlesTheRowsItNames(int status, string body, params string[] fates)
    {
        var outcome = await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), Three(), Settings);

        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Fate.ToString()).ShouldBe(fates);
    }

    [Fact]
    public async Task Deliver_MessageOtherThanSuccessInsideA2xx_IsARefusal()
    {
        var outcome = await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(201, """{"message":"Fatal error"}""")), One(), Settings);

        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldBe([new(RowFate.Rejected, "braze_refused", "Fatal error")]);
    }

    [Theory]
    [InlineData(400, typeof(DeliveryOutcome.Settled))]
    [InlineData(401, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(413, typeof(DeliveryOutcome.Settled))]
    [InlineData(429, typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, typeof(DeliveryOutcome.Failed))]
    [InlineData(503, typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsThatOfTheTable(int status, Type expected) =>
        (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status)), One(), Settings)).ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_Throttled_WaitsUntilTheReset()
    {
        var reset = Samples.Now.AddSeconds(90).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);

        var outcome = await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(429, null, ("X-RateLimit-Reset", reset))), Three(), Settings);

        outcome.ShouldBe(new DeliveryOutcome.Throttled(TimeSpan.FromSeconds(90), "http_429"));
    }

    [Fact]
    public async Task Deliver_MemberWithoutIdentity_IsRefusedAndTheOthersAreSent()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(201, """{"message":"success"}"""));

        var outcome = await DeliverAsync(
            outbound, Samples.Batch(Samples.Row("c-1", DeliveryOperation.Add, ("external_id", "  "), ("tier", "gold")), Samples.Row("c-2", DeliveryOperation.Add, ("external_id", "ok"))), Settings);

        JsonNode.DeepEquals(JsonNode.Parse(outbound.Sent[0].Text), JsonNode.Parse("""{"attributes":[{"external_id":"ok","lapsed_loyal":true}]}""")).ShouldBeTrue(outbound.Sent[0].Text);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Code).ShouldBe(["missing_identifier", null]);
    }

    /// <summary>The audience's external id, where a user gave one, is the attribute's name.</summary>
    [Fact]
    public async Task Deliver_ExternalId_NamesTheAttribute()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(201, """{"message":"success"}"""));
        var batch = Three();

        await DeliverAsync(outbound, batch with { Audience = batch.Audience with { ExternalId = "rs_audience_high_intent" } }, Settings);

        outbound.Sent[0].Text.ShouldContain("\"rs_audience_high_intent\":true");
    }

    /// <summary>Traps: an exit writes the membership alone, for users who exist; an update-only run puts nobody on the audience and creates nobody.</summary>
    [Theory]
    [InlineData("flag")]
    [InlineData("list")]
    public async Task Deliver_UpdateOnly_LeavesMembershipAlone(string membership)
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(201, """{"message":"success"}"""));
        var batch = Samples.Batch(Samples.Row("c-1", DeliveryOperation.Update, ("external_id", "c-1"), ("tier", "gold"))) with { AttributesOnly = true };

        await DeliverAsync(outbound, batch, [.. Settings, ("membership", membership)]);

        JsonNode.DeepEquals(
            JsonNode.Parse(outbound.Sent[0].Text),
            JsonNode.Parse("""{"attributes":[{"external_id":"c-1","_update_existing_only":true,"tier":"gold"}]}""")).ShouldBeTrue(outbound.Sent[0].Text);
    }

    [Fact]
    public void CapabilitiesOf_Bulk_TakesMore()
    {
        var bulk = BrazeConnector.Definition.CapabilitiesOf(Samples.Settings(("bulk", "true")));

        (bulk.RowsPerBatch, bulk.MaxBodyBytes, bulk.CallsPerSecond).ShouldBe((1_000, 2_000_000, 50));
        BrazeConnector.Definition.CapabilitiesOf(Samples.Settings()).RowsPerBatch.ShouldBe(75);
    }

    /// <summary>Braze opens the bulk endpoint account by account: where it refuses the key or is not there, the ordinary one follows.</summary>
    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    public async Task Deliver_BulkNotOpen_FallsBackToCallsOf75(int status)
    {
        var rows = Enumerable.Range(0, 100).Select(number => Samples.Row($"c-{number}", DeliveryOperation.Add, ("external_id", $"c-{number}"))).ToArray();
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(status), ScriptedOutbound.Answer(201, """{"message":"success"}"""), ScriptedOutbound.Answer(201, """{"message":"success"}"""));

        var outcome = await DeliverAsync(outbound, Samples.Batch(rows), [.. Settings, ("bulk", "true")]);

        outbound.Sent.Select(sent => sent.Url.AbsolutePath).ShouldBe(["/users/track/bulk", "/users/track", "/users/track"]);
        outbound.Sent.Skip(1).Select(sent => JsonNode.Parse(sent.Text)!["attributes"]!.AsArray().Count).ShouldBe([75, 25]);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Accepted);
    }

    private static DeliveryBatch One() => Samples.Batch(Samples.Row("c-1", DeliveryOperation.Add, ("external_id", "c-1")));

    private static DeliveryBatch Three() => Samples.Batch(
        Samples.Row("c-1", DeliveryOperation.Add, ("external_id", "c-1")),
        Samples.Row("c-2", DeliveryOperation.Add, ("external_id", "c-2")),
        Samples.Row("c-3", DeliveryOperation.Add, ("external_id", "c-3")));

    private async Task<DeliveryOutcome> DeliverAsync(IOutbound outbound, DeliveryBatch batch, params (string, string)[] settings) =>
        (await new ConnectorClient(outbound, _time).DeliverAsync(BrazeConnector.Definition, Samples.Settings(settings), batch, CancellationToken.None)).Outcome;
}
