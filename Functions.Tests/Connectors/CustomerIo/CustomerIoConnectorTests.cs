using System.Text.Json.Nodes;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors.CustomerIo;

public sealed class CustomerIoConnectorTests
{
    private static readonly (string, string)[] Settings = [("siteId", "site-1"), ("trackApiKey", "s3cret-track"), ("appApiKey", "s3cret-app")];

    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Fact]
    public async Task Deliver_Add_WritesPeopleThenAddsThoseTakenByKindOfId()
    {
        var wire = WireFile.Read("customerio", "add");
        var outbound = wire.Outbound();
        var ana = Samples.Row(
            "c-1", DeliveryOperation.Add, ("id", "c-1"), ("email", "Ana@Example.com "), ("plan", "pro"), ("created_at", new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero)));
        ana.Fields["birthday"] = Cell.Of(new DateOnly(1990, 5, 17));
        var bea = Samples.Row("c-2", DeliveryOperation.Update, ("id", "c-2"));
        bea.Fields.SetNull("plan");

        var outcome = await DeliverAsync(
            outbound,
            OnSegment(ana, bea, Samples.Row("c-3", DeliveryOperation.Add, ("email", "zoe@example.com")), Samples.Row("c-4", DeliveryOperation.Add, ("id", "c-4"), ("cio_id", "a3000001"), ("email", "bo@example.com"))),
            Settings);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldBe(
            [RowOutcome.Accepted, new(RowFate.Rejected, "invalid", "value is not valid (attributes.plan)"), RowOutcome.Accepted, RowOutcome.Accepted]);
    }

    /// <summary>Trap: an exit is one call to the segment. The person is neither written nor deleted.</summary>
    [Fact]
    public async Task Deliver_Remove_TakesOffTheSegmentAndNothingElse()
    {
        var wire = WireFile.Read("customerio", "remove");
        var outbound = wire.Outbound();

        var outcome = await DeliverAsync(
            outbound,
            OnSegment(Samples.Row("c-8", DeliveryOperation.Remove, ("id", "c-8")), Samples.Row("c-9", DeliveryOperation.Remove, ("id", "c/9+"), ("email", "bo@example.com"))),
            [.. Settings, ("region", "eu")]);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Accepted);
    }

    [Fact]
    public async Task Deliver_Attribute_SetsAndClearsIt()
    {
        var wire = WireFile.Read("customerio", "attribute");
        var outbound = wire.Outbound();

        await DeliverAsync(
            outbound,
            Samples.Batch(Samples.Row("c-1", DeliveryOperation.Add, ("id", "c-1"), ("plan", "pro")), Samples.Row("c-9", DeliveryOperation.Remove, ("id", "c-9"), ("plan", "pro"))),
            [.. Settings, ("membership", "attribute")]);

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task Deliver_Events_CarryADedupeIdThatARepeatHasToo()
    {
        var wire = WireFile.Read("customerio", "events");
        var batch = Samples.Batch(
            Samples.Row("c-1", DeliveryOperation.Add, ("id", "c-1"), ("plan", "pro")), Samples.Row("c-9", DeliveryOperation.Remove, ("email", "bo@example.com"))) with
        {
            Form = DeliveryForm.Events,
        };
        var outbound = wire.Outbound();
        var later = new ScriptedOutbound(ScriptedOutbound.Answer(200, "{}"));

        await DeliverAsync(outbound, batch, Settings);
        await DeliverAsync(later, batch with { AsOf = batch.AsOf.AddHours(1) }, Settings);

        var ids = IdsIn(outbound.Sent[0]);
        IdsIn(later.Sent[0]).ShouldBe(ids);
        ids.ShouldBeUnique();
        ids.ShouldAllBe(id => id.Length == 26 && id[0] <= '7');
        var text = outbound.Sent[0].Text.Replace(ids[0], "ULID-1", StringComparison.Ordinal).Replace(ids[1], "ULID-2", StringComparison.Ordinal);
        wire.ShouldBe([outbound.Sent[0] with { Body = System.Text.Encoding.UTF8.GetBytes(text) }]);

        static List<string> IdsIn(SentRequest sent) => [.. JsonNode.Parse(sent.Text)!["batch"]!.AsArray().Select(item => item!["id"]!.GetValue<string>())];
    }

    [Fact]
    public async Task ResolveAudience_NoManualSegmentOfTheName_CreatesIt()
    {
        var wire = WireFile.Read("customerio", "find-or-create");
        var outbound = wire.Outbound();

        (await ResolveAsync(outbound, Settings)).ExternalId.ShouldBe("7");

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task ResolveAudience_ManualSegmentOfTheName_IsFound()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"segments":[{"id":9,"name":"Lapsed loyal","type":"manual"}]}"""));

        (await ResolveAsync(outbound, Settings)).ExternalId.ShouldBe("9");
    }

    [Fact]
    public async Task ResolveAudience_WithoutAnAppKey_IsTheUsersToName()
    {
        var outbound = new ScriptedOutbound();

        (await ResolveAsync(outbound, Settings[..2])).ShouldSatisfyAllConditions(report => report.ExternalId.ShouldBeNull(), report => report.Failure.ShouldBeNull());
        (await DeliverAsync(outbound, Samples.Batch(Samples.Row("c-1", DeliveryOperation.Add, ("id", "c-1"))), Settings[..2]))
            .ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("audience_missing");
    }

    [Fact]
    public async Task Check_OtherRegion_SaysWhich()
    {
        var wire = WireFile.Read("customerio", "check");
        var outbound = wire.Outbound();

        var steps = await new ConnectorClient(outbound, _time).CheckAsync(CustomerIoConnector.Definition, Samples.Settings(Settings), CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        steps[^1].ShouldSatisfyAllConditions(step => step.Ok.ShouldBeFalse(), step => step.Detail.ShouldNotBeNull().ShouldContain("'eu'"));
    }

    [Theory]
    [InlineData("us", 200, true)]
    [InlineData("us", 401, false)]
    public async Task Check_Credentials_AreProved(string region, int status, bool isOk)
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(status, $$"""{"region":"{{region}}"}"""));

        var steps = await new ConnectorClient(outbound, _time).CheckAsync(CustomerIoConnector.Definition, Samples.Settings(Settings), CancellationToken.None);

        steps.All(step => step.Ok).ShouldBe(isOk);
    }

    [Theory]
    [InlineData(400, """{"errors":[{"reason":"invalid","field":"attributes","message":"no"}]}""", typeof(DeliveryOutcome.Settled))]
    [InlineData(401, """{"meta":{"error":"Unauthorized"}}""", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(408, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(429, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, "", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsThatOfTheTable(int status, string body, Type expected) =>
        (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), OnSegment(Samples.Row("c-1", DeliveryOperation.Add, ("id", "c-1"))), Settings))
            .ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_SegmentGone_IsNobodysFault()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, "{}"), ScriptedOutbound.Answer(404));

        (await DeliverAsync(outbound, OnSegment(Samples.Row("c-1", DeliveryOperation.Add, ("id", "c-1"))), Settings))
            .ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("segment_gone");
    }

    [Fact]
    public async Task Deliver_RefusedCall_IsHalvedDownToTheRowAtFault()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(400, """{"errors":[{"reason":"invalid","message":"too big"}]}"""), // both
            ScriptedOutbound.Answer(400, """{"errors":[{"reason":"invalid","message":"too big"}]}"""), // the first
            ScriptedOutbound.Answer(200, "{}"), // the second
            ScriptedOutbound.Answer(200, "{}")); // the segment

        var outcome = await DeliverAsync(
            outbound, OnSegment(Samples.Row("c-1", DeliveryOperation.Add, ("id", "c-1")), Samples.Row("c-2", DeliveryOperation.Add, ("id", "c-2"))), Settings);

        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Fate).ShouldBe([RowFate.Rejected, RowFate.Accepted]);
        outbound.Sent[3].Text.ShouldBe("""{"ids":["c-2"]}""");
    }

    /// <summary>Trap: an update-only run changes people who exist and touches no segment.</summary>
    [Fact]
    public async Task Deliver_UpdateOnly_WritesPeopleWhoExist()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, "{}"));

        await DeliverAsync(outbound, OnSegment(Samples.Row("c-1", DeliveryOperation.Update, ("id", "c-1"), ("plan", "pro"))) with { AttributesOnly = true }, Settings);

        outbound.Sent.Single().Text.ShouldBe(
            """{"batch":[{"type":"person","action":"identify","identifiers":{"id":"c-1"},"attributes":{"plan":"pro","_update":true}}]}""");
    }

    private static DeliveryBatch OnSegment(params DeliveryRow[] rows)
    {
        var batch = Samples.Batch(rows);
        return batch with { Audience = batch.Audience with { ExternalId = "7" } };
    }

    private Task<AudienceReport> ResolveAsync(IOutbound outbound, (string, string)[] settings) => new ConnectorClient(outbound, _time).ResolveAudienceAsync(
        CustomerIoConnector.Definition, Samples.Settings(settings), Samples.Batch().Audience, CancellationToken.None);

    private async Task<DeliveryOutcome> DeliverAsync(IOutbound outbound, DeliveryBatch batch, params (string, string)[] settings) =>
        (await new ConnectorClient(outbound, _time).DeliverAsync(CustomerIoConnector.Definition, Samples.Settings(settings), batch, CancellationToken.None)).Outcome;
}
