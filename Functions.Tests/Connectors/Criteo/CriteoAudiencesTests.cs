using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Criteo;

public sealed class CriteoAudiencesTests
{
    private const string Type = "criteo-audiences";

    private static readonly (string, string)[] App = [("clientId", "app-1"), ("clientSecret", "secret-1"), ("advertiserId", "77")];

    private static readonly AudienceRef Unknown = new("dst_1", "lapsed_loyal", "Lapsed loyal", null);

    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Theory]
    [InlineData("plain", " John.Doe@Gmail.com ", "john.doe@gmail.com")]
    [InlineData("plain", "E13743A7F1DB7F4246BADD6FD6FF54FF", "e13743a7f1db7f4246badd6fd6ff54ff")] // an MD5, which Criteo takes too
    [InlineData("sha256", " Ana@Example.com", "8e43ca37701228e74983efdbd0cff5c16b3b1e5d4e29a7c05626d4d25a018e11")] // ana@example.com
    [InlineData("sha256", "8E43CA37701228E74983EFDBD0CFF5C16B3B1E5D4E29A7C05626D4D25A018E11", "8e43ca37701228e74983efdbd0cff5c16b3b1e5d4e29a7c05626d4d25a018e11")] // passed on
    public async Task Deliver_Email_IsSentInTheFormChosen(string form, string email, string sent)
    {
        var outbound = new ScriptedOutbound(Token, ScriptedOutbound.Answer(200, "{}"));

        await DeliverAsync(outbound, [.. App, ("emailForm", form)], Samples.Row("c-1", DeliveryOperation.Add, ("email", email)));

        outbound.Sent[1].Text.ShouldContain($"\"identifiers\":[\"{sent}\"]");
    }

    [Fact]
    public async Task Deliver_Adds_PatchTheContactList()
    {
        var wire = WireFile.Read(Type, "add");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(outbound, App, Ana(), Samples.Row("c-2", DeliveryOperation.Update, ("email", " Bo@example.com")));

        wire.ShouldBe(outbound.Sent);
        Fates(report).ShouldBe([RowFate.Accepted, RowFate.Accepted]);
    }

    /// <summary>Trap: a removal takes the address off this list and touches nothing else. The refresh token that came is used from then on.</summary>
    [Fact]
    public async Task Deliver_RemovalsHashedWithARefreshToken_PatchTheContactList()
    {
        var wire = WireFile.Read(Type, "remove-hashed");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(
            outbound, [.. App, ("refreshToken", "refresh-1"), ("emailForm", "sha256")], Samples.Row("c-9", DeliveryOperation.Remove, ("email", "bo@example.com")));

        wire.ShouldBe(outbound.Sent);
        Fates(report).ShouldBe([RowFate.Accepted]);
    }

    [Fact]
    public async Task Deliver_SampleNamesTheInvalidAddress_ItsRowIsRejected()
    {
        var wire = WireFile.Read(Type, "invalid");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(outbound, App, Ana(), Samples.Row("c-2", DeliveryOperation.Add, ("email", "Bad@")));

        wire.ShouldBe(outbound.Sent);
        Fates(report).ShouldBe([RowFate.Accepted, RowFate.Rejected]);
    }

    [Fact]
    public async Task Deliver_OneOfTwoIsInvalidAndNotNamed_TheBatchIsHalved() => (await DeliverAsync(
        new ScriptedOutbound(Token, Amended(invalid: 1)), App, Ana(), Samples.Row("c-2", DeliveryOperation.Add, ("email", "bo@example.com"))))
        .Outcome.ShouldBeOfType<DeliveryOutcome.Refused>();

    /// <summary>What Criteo does not take is on no list.</summary>
    [Fact]
    public async Task Deliver_InvalidAddressIsRemoved_IsAccepted() =>
        Fates(await DeliverAsync(new ScriptedOutbound(Token, Amended(invalid: 1)), App, Samples.Row("c-9", DeliveryOperation.Remove, ("email", "bad@")))).ShouldBe([RowFate.Accepted]);

    [Fact]
    public async Task Deliver_EmptyAnswer_IsAccepted() => Fates(await DeliverAsync(new ScriptedOutbound(Token, ScriptedOutbound.Answer(200)), App, Ana())).ShouldBe([RowFate.Accepted]);

    [Fact]
    public async Task Deliver_NoEmail_IsRejectedWithoutACall() =>
        Fates(await DeliverAsync(new ScriptedOutbound(), App, Samples.Row("c-1", DeliveryOperation.Add, ("email", "  ")))).ShouldBe([RowFate.Rejected]);

    [Theory]
    [InlineData(400, "validation", "required-field", typeof(DeliveryOutcome.Refused))]
    [InlineData(413, "validation", "too-large", typeof(DeliveryOutcome.Refused))]
    [InlineData(403, "access-control", "consent-withdrawn", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, "authorization", "audience-invalid", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(410, "deprecation", "version-gone", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(429, "quota", "quota", typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, "availability", "internal", typeof(DeliveryOutcome.Failed))]
    [InlineData(503, "authorization", "audience-invalid", typeof(DeliveryOutcome.Failed))]
    [InlineData(200, "validation", "invalid", typeof(DeliveryOutcome.Refused))]
    public async Task Deliver_Error_SaysWhoMustAct(int status, string type, string code, Type expected)
    {
        var answer = ScriptedOutbound.Answer(status, $$"""{"errors":[{"traceId":"1","type":"{{type}}","code":"{{code}}","title":"no"}],"warnings":[]}""");

        var outcome = (await DeliverAsync(new ScriptedOutbound(Token, answer), App, Ana())).Outcome;

        outcome.ShouldBeOfType(expected);
        outcome.ToString().ShouldContain(code);
    }

    [Fact]
    public async Task Deliver_TokenExpired_IsRenewedOnceForAll()
    {
        var expired = ScriptedOutbound.Answer(401, """{"errors":[{"type":"authorization","code":"authorization-token-expired"}]}""");
        var outbound = new ScriptedOutbound(Token, expired, Token, Amended(0), expired, Token, expired);
        var client = new ConnectorClient(outbound, _time);

        Fates(await DeliverAsync(client, App, Ana())).ShouldBe([RowFate.Accepted]);
        (await DeliverAsync(client, App, Ana())).Outcome.ShouldBeOfType<DeliveryOutcome.Unauthorized>().Code.ShouldBe("authorization-token-expired");

        outbound.Unused.ShouldBe(0);
    }

    [Fact]
    public async Task Deliver_TokenLivesAQuarterOfAnHour_IsFetchedAnewAfterIt()
    {
        var outbound = new ScriptedOutbound(Token, Amended(0), Amended(0), Token, Amended(0));
        var client = new ConnectorClient(outbound, _time);

        await DeliverAsync(client, App, Ana());
        await DeliverAsync(client, App, Ana());
        _time.Advance(TimeSpan.FromMinutes(15));
        await DeliverAsync(client, App, Ana());

        outbound.Unused.ShouldBe(0);
    }

    [Fact]
    public async Task Deliver_Throttled_WaitsUntilTheReset()
    {
        var wire = WireFile.Read(Type, "throttled");
        var outbound = wire.Outbound();

        (await DeliverAsync(outbound, App, Ana())).Outcome.ShouldBeOfType<DeliveryOutcome.Throttled>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(42));

        wire.ShouldBe(outbound.Sent);
    }

    [Theory]
    [InlineData("find", "12")]
    [InlineData("create", "5678")]
    [InlineData("create-lost-race", "12")]
    public async Task Resolve_Name_IsFoundOnAnyPageOrCreated(string name, string id)
    {
        var wire = WireFile.Read(Type, name);
        var outbound = wire.Outbound();

        var found = await new ConnectorClient(outbound, _time).ResolveAudienceAsync(CriteoAudiences.Definition, Samples.Settings(App), Unknown, CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        found.ExternalId.ShouldBe(id);
    }

    [Fact]
    public async Task Check_App_ReachesTheAdvertiser()
    {
        var wire = WireFile.Read(Type, "check");
        var outbound = wire.Outbound();

        (await CheckAsync(outbound)).ShouldAllBe(step => step.Ok);

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task Check_BadSecret_FailsToAuthenticate() =>
        (await CheckAsync(new ScriptedOutbound(ScriptedOutbound.Answer(401, """{"error":"invalid_client"}""")))).Last().Name.ShouldBe("authenticate");

    /// <summary>E-mail only, nothing else.</summary>
    [Fact]
    public void Fields_AnythingButEmail_IsRefused()
    {
        CriteoAudiences.Definition.Fields.Check(["email"]).ShouldBeEmpty();
        CriteoAudiences.Definition.Fields.Check(["email", "phone"]).ShouldHaveSingleItem().Code.ShouldBe("unknown_field");
        CriteoAudiences.Definition.Fields.Missing(new Row()).ShouldNotBeNull();
    }

    private static DeliveryRow Ana() => Samples.Row("c-1", DeliveryOperation.Add, ("email", "Ana@example.com"));

    private static HttpResponseMessage Token(SentRequest sent) => ScriptedOutbound.Answer(200, """{"access_token":"t-1","token_type":"Bearer","expires_in":900}""")(sent);

    private static Func<SentRequest, HttpResponseMessage> Amended(int invalid) => ScriptedOutbound.Answer(
        200, $$$"""{"data":{"type":"ContactlistAmendment","attributes":{"nbValidIdentifiers":1,"nbInvalidIdentifiers":{{{invalid}}},"sampleInvalidIdentifiers":[]}},"errors":[]}""");

    private static IEnumerable<RowFate> Fates(DeliveryReport report) => report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Fate);

    private Task<DeliveryReport> DeliverAsync(ScriptedOutbound outbound, (string, string)[] settings, params DeliveryRow[] rows) =>
        DeliverAsync(new ConnectorClient(outbound, _time), settings, rows);

    private static Task<DeliveryReport> DeliverAsync(ConnectorClient client, (string, string)[] settings, params DeliveryRow[] rows) => client.DeliverAsync(
        CriteoAudiences.Definition, Samples.Settings(settings), Samples.Batch(rows) with { Audience = Unknown with { ExternalId = "12" } }, CancellationToken.None);

    private async Task<IEnumerable<CheckStep>> CheckAsync(ScriptedOutbound outbound) =>
        await new ConnectorClient(outbound, _time).CheckAsync(CriteoAudiences.Definition, Samples.Settings(App), CancellationToken.None);
}
