using System.Globalization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Intercom;

public sealed class IntercomConnectorTests
{
    private const string Nobody = """{"data":[]}""";

    private static readonly (string, string)[] Settings = [("accessToken", "s3cret-token")];

    private readonly ManualTimeProvider _time = new(Samples.Now);

    /// <summary>Calls go side by side, so the order within a step is for the test to make: one call at a time.</summary>
    private static ConnectorDefinition InOrder { get; } = IntercomConnector.Definition with { Capabilities = IntercomConnector.Definition.Capabilities with { CallsPerBatch = 1 } };

    /// <summary>Trap: one tag comes or goes; no contact is archived, no other tag touched.</summary>
    [Fact]
    public async Task Deliver_Tag_FindsCreatesUpdatesAndTags()
    {
        var wire = WireFile.Read("intercom", "tag");
        var outbound = wire.Outbound();
        var ana = Samples.Row(
            "c-1", DeliveryOperation.Add, ("external_id", "c-1"), ("email", "Ana@Example.com"), ("name", "Ana"),
            ("signed_up_at", new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero)), ("tier", "gold"));
        ana.Fields.SetNull("note");

        var outcome = await DeliverAsync(
            outbound,
            WithTag(
                ana,
                Samples.Row("c-2", DeliveryOperation.Update, ("external_id", "c-2"), ("name", "Bea")),
                Samples.Row("c-3", DeliveryOperation.Add, ("external_id", "c-3"), ("name", "Cid")),
                Samples.Row("c-7", DeliveryOperation.Remove, ("email", "bo@example.com")),
                Samples.Row("c-8", DeliveryOperation.Remove, ("email", "gone@example.com")),
                Samples.Row("c-9", DeliveryOperation.Remove, ("external_id", "c-9")) with { RemoteId = "known" }),
            Settings);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => (row.Fate, row.RemoteId)).ShouldBe(
        [
            (RowFate.Accepted, "6064n"), (RowFate.Accepted, "6064a"), (RowFate.Accepted, "6064c"), (RowFate.Accepted, "new"), (RowFate.Accepted, null), (RowFate.Accepted, "known"),
        ]);
    }

    [Fact]
    public async Task Deliver_Attribute_IsTrueWhileAMember()
    {
        var wire = WireFile.Read("intercom", "attribute");
        var outbound = wire.Outbound();
        var batch = WithTag(
            Samples.Row("c-1", DeliveryOperation.Add, ("external_id", "c-1"), ("email", "ana@example.com")),
            Samples.Row("c-9", DeliveryOperation.Remove, ("external_id", "c-9")) with { RemoteId = "known" });

        await DeliverAsync(
            outbound, batch with { Audience = batch.Audience with { ExternalId = "lapsed_loyal" } }, [.. Settings, ("region", "eu"), ("membership", "attribute"), ("role", "lead")]);

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task Deliver_Events_AreOneCallEach()
    {
        var wire = WireFile.Read("intercom", "events");
        var outbound = wire.Outbound();
        var batch = Samples.Batch(
            Samples.Row("c-1", DeliveryOperation.Add, ("external_id", "c-1"), ("email", "ana@example.com"), ("tier", "gold")), Samples.Row("c-9", DeliveryOperation.Remove, ("email", "bo@example.com"))) with
        {
            Form = DeliveryForm.Events,
        };

        var outcome = await DeliverAsync(outbound, batch, Settings);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Code).ShouldBe([null, "not_found"]);
    }

    [Fact]
    public async Task Deliver_EventWithManyFields_KeepsToTenKeys()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(202));
        (string, object)[] fields = [("external_id", "c-1"), .. Enumerable.Range(0, 20).Select(number => ($"f{number}", (object)number))];

        await DeliverAsync(outbound, Samples.Batch(Samples.Row("c-1", DeliveryOperation.Add, fields)) with { Form = DeliveryForm.Events }, Settings);

        System.Text.Json.Nodes.JsonNode.Parse(outbound.Sent[0].Text)!["metadata"]!.AsObject().Count.ShouldBe(10);
    }

    [Fact]
    public async Task ResolveAudience_NoTagOfTheName_CreatesIt()
    {
        var wire = WireFile.Read("intercom", "find-or-create");
        var outbound = wire.Outbound();

        (await ResolveAsync(outbound, [.. Settings, ("region", "au")])).ExternalId.ShouldBe("105");

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task ResolveAudience_TagOfTheNameInOtherCase_IsFound() =>
        (await ResolveAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"data":[{"id":"7","name":"LAPSED LOYAL"}]}""")), Settings)).ExternalId.ShouldBe("7");

    [Fact]
    public async Task ResolveAudience_Attribute_IsFoundOrCreatedByTheKey()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, """{"data":[{"name":"lapsed_loyal","custom":false}]}"""), ScriptedOutbound.Answer(200, """{"name":"lapsed_loyal","custom":true}"""));

        (await ResolveAsync(outbound, [.. Settings, ("membership", "attribute")])).ExternalId.ShouldBe("lapsed_loyal");

        outbound.Sent[0].Url.PathAndQuery.ShouldBe("/data_attributes?model=contact");
        outbound.Sent[1].Text.ShouldBe("""{"name":"lapsed_loyal","model":"contact","data_type":"boolean"}""");
    }

    [Fact]
    public async Task Deliver_ManyMembers_AreSearchedFifteenAtATimeAndPagesFollowed()
    {
        var rows = Enumerable.Range(0, 16).Select(number => Samples.Row($"c-{number}", DeliveryOperation.Remove, ("external_id", $"c-{number}"))).ToArray();
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, """{"data":[{"id":"i0","external_id":"c-0"}],"pages":{"next":{"page":2,"starting_after":"cur"}}}"""),
            ScriptedOutbound.Answer(200, """{"data":[{"id":"i1","external_id":"c-1"}],"pages":{}}"""),
            ScriptedOutbound.Answer(200, Nobody),
            ScriptedOutbound.Answer(200),
            ScriptedOutbound.Answer(200));

        await DeliverAsync(outbound, WithTag(rows), Settings);

        outbound.Sent[1].Text.ShouldContain("\"starting_after\":\"cur\"");
        outbound.Sent.Skip(3).Select(sent => sent.Url.AbsolutePath).ShouldBe(["/contacts/i0/tags/105", "/contacts/i1/tags/105"]);
    }

    [Fact]
    public async Task Deliver_ContactGone_IsForgottenAndTriedAgain()
    {
        var row = (await DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(404, """{"errors":[{"code":"not_found","message":"Contact Not Found"}]}""")),
            WithTag(Samples.Row("c-1", DeliveryOperation.Update, ("external_id", "c-1"), ("name", "Ana")) with { RemoteId = "old" }),
            Settings)).ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Single();

        (row.Fate, row.RemoteId).ShouldBe((RowFate.Retryable, ""));
    }

    [Fact]
    public async Task Deliver_TagGone_IsNobodysFault() => (await DeliverAsync(
        new ScriptedOutbound(ScriptedOutbound.Answer(404, """{"errors":[{"code":"not_found","message":"Tag not found"}]}""")),
        WithTag(Samples.Row("c-1", DeliveryOperation.Add, ("external_id", "c-1")) with { RemoteId = "i1" }),
        Settings)).ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("tag_gone");

    /// <summary>Trap: an update-only run creates nobody and tags nobody.</summary>
    [Fact]
    public async Task Deliver_UpdateOnly_ChangesContactsWhoExist()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"data":[{"id":"i1","external_id":"c-1"}]}"""), ScriptedOutbound.Answer(200));

        var outcome = await DeliverAsync(
            outbound,
            WithTag(Samples.Row("c-1", DeliveryOperation.Update, ("external_id", "c-1"), ("name", "Ana")), Samples.Row("c-2", DeliveryOperation.Update, ("external_id", "c-2"), ("name", "Bo"))) with { AttributesOnly = true },
            Settings);

        outbound.Sent.Select(sent => sent.Method).ShouldBe(["POST", "PUT"]);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Code).ShouldBe([null, "not_found"]);
    }

    [Theory]
    [InlineData(400, """{"errors":[{"code":"parameter_invalid","message":"Custom attribute 'tier' does not exist"}]}""", "parameter_invalid")]
    [InlineData(422, """{"errors":[{"code":"unique_user_constraint"}]}""", "unique_user_constraint")]
    [InlineData(400, "", "http_400")]
    public async Task Deliver_RefusedContact_HasIntercomsCode(int status, string body, string code)
    {
        var outcome = await DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(200, Nobody), ScriptedOutbound.Answer(status, body)), WithTag(Samples.Row("c-1", DeliveryOperation.Add, ("external_id", "c-1"))), Settings);

        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Single().Code.ShouldBe(code);
    }

    [Theory]
    [InlineData(401, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(406, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(408, typeof(DeliveryOutcome.Failed))]
    [InlineData(409, typeof(DeliveryOutcome.Failed))]
    [InlineData(429, typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsThatOfTheTable(int status, Type expected) =>
        (await DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(200, Nobody), ScriptedOutbound.Answer(status)), WithTag(Samples.Row("c-1", DeliveryOperation.Add, ("external_id", "c-1"))), Settings))
            .ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_Throttled_WaitsUntilTheReset()
    {
        var reset = Samples.Now.AddSeconds(8).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(429, """{"errors":[{"code":"rate_limit_exceeded"}]}""", ("X-RateLimit-Reset", reset)));

        (await DeliverAsync(outbound, WithTag(Samples.Row("c-1", DeliveryOperation.Add, ("external_id", "c-1"))), Settings))
            .ShouldBe(new DeliveryOutcome.Throttled(TimeSpan.FromSeconds(8), "http_429"));
    }

    [Fact]
    public async Task Check_Me_ProvesTheToken()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"type":"admin"}"""));

        var steps = await new ConnectorClient(outbound, _time).CheckAsync(IntercomConnector.Definition, Samples.Settings(Settings), CancellationToken.None);

        outbound.Sent.Single().Url.AbsoluteUri.ShouldBe("https://api.intercom.io/me");
        steps.ShouldAllBe(step => step.Ok);
    }

    private static DeliveryBatch WithTag(params DeliveryRow[] rows)
    {
        var batch = Samples.Batch(rows);
        return batch with { Audience = batch.Audience with { ExternalId = "105" } };
    }

    private Task<AudienceReport> ResolveAsync(IOutbound outbound, (string, string)[] settings) => new ConnectorClient(outbound, _time).ResolveAudienceAsync(
        IntercomConnector.Definition, Samples.Settings(settings), Samples.Batch().Audience, CancellationToken.None);

    private async Task<DeliveryOutcome> DeliverAsync(IOutbound outbound, DeliveryBatch batch, params (string, string)[] settings) =>
        (await new ConnectorClient(outbound, _time).DeliverAsync(InOrder, Samples.Settings(settings), batch, CancellationToken.None)).Outcome;
}
