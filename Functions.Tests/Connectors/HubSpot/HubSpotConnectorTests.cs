using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.HubSpot;

public sealed class HubSpotConnectorTests
{
    private const string Written = """{"results":[{"id":"101","objectWriteTraceId":"op_c-1"}],"errors":[]}""";

    private static readonly (string, string)[] Settings = [("accessToken", "s3cret-pat")];

    private static readonly (string, string)[] App = [("clientId", "client-1"), ("clientSecret", "s3cret-client"), ("refreshToken", "s3cret-refresh")];

    private readonly ManualTimeProvider _time = new(Samples.Now);

    /// <summary>Trap: an exit is a membership that ends; contacts are never archived. Results come in another order; two rows of one address share a result.</summary>
    [Fact]
    public async Task Deliver_AddsAndRemoves_GoThroughRecordIds()
    {
        var wire = WireFile.Read("hubspot", "add-and-remove");
        var outbound = wire.Outbound();
        var ana = Samples.Row(
            "c-1", DeliveryOperation.Add, ("email", "Ana@Example.com"), ("firstname", "Ana"), ("orders", 3), ("vip", true),
            ("since", new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero)), ("tags", new[] { "a", "b" }));
        ana.Fields.SetNull("note");

        var outcome = await DeliverAsync(
            outbound,
            OnList(
                ana,
                Samples.Row("c-2", DeliveryOperation.Add, ("email", "bad")),
                Samples.Row("c-3", DeliveryOperation.Update, ("email", "zoe@example.com"), ("tier", "old")),
                Samples.Row("c-4", DeliveryOperation.Add, ("email", "zoe@example.com"), ("tier", "new")),
                Samples.Row("c-7", DeliveryOperation.Remove, ("email", "bo@example.com")),
                Samples.Row("c-8", DeliveryOperation.Remove, ("email", "gone@example.com")),
                Samples.Row("c-9", DeliveryOperation.Remove, ("email", "old@example.com")) with { RemoteId = "299" }),
            Settings);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => (row.Fate, row.Code, row.RemoteId)).ShouldBe(
        [
            (RowFate.Accepted, null, "101"), (RowFate.Rejected, "validation_error", null), (RowFate.Accepted, null, "102"), (RowFate.Accepted, null, "102"),
            (RowFate.Accepted, null, "201"), (RowFate.Accepted, null, null), (RowFate.Accepted, null, "299"),
        ]);
    }

    [Fact]
    public async Task Check_App_FetchesATokenAndUsesDatedPaths()
    {
        var wire = WireFile.Read("hubspot", "oauth");
        var outbound = wire.Outbound();

        var steps = await new ConnectorClient(outbound, _time).CheckAsync(
            HubSpotConnector.Definition, Samples.Settings([.. App, ("apiVersion", "2026-03")]), CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        steps.ShouldAllBe(step => step.Ok);
    }

    [Fact]
    public async Task Deliver_ExpiredToken_IsRenewedOnce()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, """{"access_token":"t-1","expires_in":1800}"""),
            ScriptedOutbound.Answer(401, """{"category":"EXPIRED_AUTHENTICATION"}"""),
            ScriptedOutbound.Answer(200, """{"access_token":"t-2","expires_in":1800}"""),
            ScriptedOutbound.Answer(200, Written),
            ScriptedOutbound.Answer(200, """{"recordIdsMissing":[]}"""));

        var outcome = await DeliverAsync(outbound, OnList(One()), App);

        outbound.Sent[3].Headers["authorization"].ShouldBe("Bearer t-2");
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Single().Fate.ShouldBe(RowFate.Accepted);
    }

    [Fact]
    public async Task Deliver_Events_AreNamedByTheAccount()
    {
        var wire = WireFile.Read("hubspot", "events");
        var outbound = wire.Outbound();
        var batch = Samples.Batch(
            Samples.Row("c-1", DeliveryOperation.Add, ("email", "ana@example.com"), ("tier", "gold")), Samples.Row("c-9", DeliveryOperation.Remove, ("email", "bo@example.com"))) with
        {
            Form = DeliveryForm.Events,
        };

        await DeliverAsync(outbound, batch, [.. Settings, ("hubId", "123456")]);

        wire.ShouldBe(outbound.Sent);
        (await DeliverAsync(new ScriptedOutbound(), batch, Settings)).ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("hub_id_missing");
    }

    [Fact]
    public async Task ResolveAudience_NoListOfTheName_CreatesIt()
    {
        var wire = WireFile.Read("hubspot", "find-or-create");
        var outbound = wire.Outbound();

        (await ResolveAsync(outbound)).ExternalId.ShouldBe("77");

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task ResolveAudience_LostRace_FindsTheOthers() => (await ResolveAsync(new ScriptedOutbound(
        ScriptedOutbound.Answer(404),
        ScriptedOutbound.Answer(400, """{"message":"A list with this name already exists","category":"VALIDATION_ERROR"}"""),
        ScriptedOutbound.Answer(200, """{"list":{"listId":"78","processingType":"SNAPSHOT"}}""")))).ExternalId.ShouldBe("78");

    [Fact]
    public async Task ResolveAudience_DynamicList_IsNotTaken() =>
        (await ResolveAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"list":{"listId":"9","processingType":"DYNAMIC"}}"""))))
            .Failure.ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("list_is_dynamic");

    [Theory]
    [InlineData(200, """{"status":"COMPLETE","results":[],"errors":[]}""", RowFate.Rejected, "nothing_written")]
    [InlineData(207, """{"results":[],"errors":[]}""", RowFate.Rejected, "nothing_written")]
    [InlineData(207, """{"results":[],"errors":[{"category":"VALIDATION_ERROR","message":"no","context":{"objectWriteTraceId":["op_c-1"]}}]}""", RowFate.Rejected, "validation_error")]
    [InlineData(207, """{"results":[],"errors":[{"category":"RATE_LIMITS","context":{"objectWriteTraceId":["op_c-1"]}}]}""", RowFate.Retryable, "rate_limits")]
    [InlineData(207, """{"results":[],"errors":[{"category":"ODD"}]}""", RowFate.Retryable, "unnamed_error")]
    [InlineData(200, """{"results":[{"id":"5","objectWriteTraceId":"another"}],"errors":[]}""", RowFate.Uncertain, "unmentioned")]
    [InlineData(200, "<html>", RowFate.Uncertain, "answer_unreadable")]
    public async Task Deliver_UpsertAnswer_DecidesTheRow(int status, string body, RowFate fate, string code)
    {
        var row = (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), OnList(One()), Settings)).ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Single();

        (row.Fate, row.Code).ShouldBe((fate, code));
    }

    [Theory]
    [InlineData(400, """{"category":"VALIDATION_ERROR","message":"no"}""", typeof(DeliveryOutcome.Settled))]
    [InlineData(401, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, """{"category":"MISSING_SCOPES"}""", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(409, """{"category":"CONFLICT"}""", typeof(DeliveryOutcome.Settled))]
    [InlineData(423, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(477, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, "", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsThatOfTheTable(int status, string body, Type expected) =>
        (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), OnList(One()), Settings)).ShouldBeOfType(expected);

    [Theory]
    [InlineData("""{"policyName":"TEN_SECONDLY_ROLLING"}""", null, 10)]
    [InlineData("""{"policyName":"TEN_SECONDLY_ROLLING"}""", "4", 4)]
    [InlineData("""{"policyName":"DAILY"}""", null, 3600)]
    [InlineData("", null, 10)]
    public async Task Deliver_Throttled_WaitsAsThePolicySays(string body, string? retryAfter, int seconds)
    {
        var answer = retryAfter is null ? ScriptedOutbound.Answer(429, body) : ScriptedOutbound.Answer(429, body, ("Retry-After", retryAfter));

        (await DeliverAsync(new ScriptedOutbound(answer), OnList(One()), Settings)).ShouldBeOfType<DeliveryOutcome.Throttled>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task Deliver_RecordMissing_IsForgottenAndTriedAgain()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, Written), ScriptedOutbound.Answer(200, """{"recordsIdsAdded":[],"recordIdsMissing":["101"]}"""));

        var row = (await DeliverAsync(outbound, OnList(One()), Settings)).ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Single();

        (row.Fate, row.RemoteId).ShouldBe((RowFate.Retryable, ""));
    }

    [Fact]
    public async Task Deliver_ListGone_IsNobodysFault() =>
        (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, Written), ScriptedOutbound.Answer(404)), OnList(One()), Settings))
            .ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("list_gone");

    [Fact]
    public async Task Deliver_MatchProperty_NamesTheContact()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, Written), ScriptedOutbound.Answer(200, "{}"));

        await DeliverAsync(
            outbound, OnList(Samples.Row("c-1", DeliveryOperation.Add, ("id", 12345), ("email", "ana@example.com"), ("tier", "gold"))), [.. Settings, ("idProperty", "customer_id")]);

        outbound.Sent[0].Text.ShouldBe(
            """{"inputs":[{"id":"12345","idProperty":"customer_id","properties":{"email":"ana@example.com","tier":"gold"},"objectWriteTraceId":"op_c-1"}]}""");
    }

    /// <summary>Trap: an update-only run creates nobody and touches no list.</summary>
    [Theory]
    [InlineData(200, Written, null)]
    [InlineData(404, "", "not_found")]
    public async Task Deliver_UpdateOnly_UpdatesContactsWhoExist(int status, string body, string? code)
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(status, body));

        var outcome = await DeliverAsync(outbound, OnList(One()) with { AttributesOnly = true }, Settings);

        outbound.Sent.Single().Url.AbsolutePath.ShouldBe("/crm/v3/objects/contacts/batch/update");
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Single().Code.ShouldBe(code);
    }

    [Theory]
    [InlineData("/secrets required")]
    [InlineData("/secrets ambiguous", "accessToken", "clientId")]
    [InlineData("/settings/clientId required", "clientSecret", "refreshToken")]
    [InlineData("", "accessToken")]
    [InlineData("", "clientId", "clientSecret", "refreshToken")]
    public void Check_Settings_AskForOneWayToAuthenticate(string expected, params string[] given) => string.Join(
        ',',
        SettingRules.Check(HubSpotConnector.Definition, Samples.Settings([.. Settings.Concat(App).Where(setting => given.Contains(setting.Item1))]))
            .Select(fault => $"{fault.Pointer} {fault.Code}")).ShouldBe(expected);

    private static DeliveryRow One() => Samples.Row("c-1", DeliveryOperation.Add, ("email", "ana@example.com"));

    private static DeliveryBatch OnList(params DeliveryRow[] rows)
    {
        var batch = Samples.Batch(rows);
        return batch with { Audience = batch.Audience with { ExternalId = "77" } };
    }

    private Task<AudienceReport> ResolveAsync(IOutbound outbound) => new ConnectorClient(outbound, _time).ResolveAudienceAsync(
        HubSpotConnector.Definition, Samples.Settings(Settings), Samples.Batch().Audience, CancellationToken.None);

    private async Task<DeliveryOutcome> DeliverAsync(IOutbound outbound, DeliveryBatch batch, params (string, string)[] settings) =>
        (await new ConnectorClient(outbound, _time).DeliverAsync(HubSpotConnector.Definition, Samples.Settings(settings), batch, CancellationToken.None)).Outcome;
}
