using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.LinkedIn;

public sealed class LinkedInAudiencesTests
{
    private const string Type = "linkedin-audiences";

    private static readonly (string, string)[] App = [("adAccountId", "123"), ("clientId", "app-1"), ("clientSecret", "secret-1"), ("refreshToken", "refresh-1")];

    private static readonly AudienceRef Unknown = new("dst_1", "lapsed_loyal", "Lapsed loyal", null);

    private readonly ManualTimeProvider _time = new(Samples.Now);

    /// <summary>Trap: a removal takes the person off this segment alone, in the same call as the others.</summary>
    [Fact]
    public async Task Deliver_AddsAndRemovals_GoInOneCall()
    {
        var wire = WireFile.Read(Type, "users");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(
            outbound,
            Samples.Row(
                "c-1", DeliveryOperation.Update, ("SHA256_EMAIL", " Ana @Example.com"), ("SHA512_EMAIL", "ana@example.com"), ("GOOGLE_AID", " 38400000-8CF0-11bd-b23e-10b96e40000d "),
                ("firstName", "Ana"), ("lastName", "van der Somewhere-Long-Family-Name-Of"), ("company", "Example"), ("country", "DE")),
            Samples.Row("c-9", DeliveryOperation.Remove, ("SHA256_EMAIL", "bo@example.com")));

        wire.ShouldBe(outbound.Sent);
        Fates(report).ShouldBe([RowFate.Accepted, RowFate.Accepted]);
    }

    /// <summary>One status for each element, in order; the last is missing, and who is on no list need not be taken off it.</summary>
    [Fact]
    public async Task Deliver_ElementErrors_AreTheRows()
    {
        var wire = WireFile.Read(Type, "element-errors");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(outbound, [.. Enumerable.Range(0, 6).Select(number =>
            Samples.Row($"c-{number}", number == 4 ? DeliveryOperation.Remove : DeliveryOperation.Add, ("SHA256_EMAIL", $"m{number}@example.com")))]);

        wire.ShouldBe(outbound.Sent);

        // Rows that are to be tried again have their answers in the report beside those that are settled.
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => (row.Fate, row.Code)).ShouldBe(
        [
            (RowFate.Accepted, null), (RowFate.Rejected, "INVALID_INPUT"), (RowFate.Retryable, "TOO_MANY_REQUESTS"), (RowFate.Retryable, "http_500"), (RowFate.Accepted, null),
            (RowFate.Retryable, "no_answer"),
        ]);
    }

    [Fact]
    public async Task Deliver_EmptyAnswer_AcceptsAll() => Fates(await DeliverAsync(new ScriptedOutbound(Token, ScriptedOutbound.Answer(200)), Ana())).ShouldBe([RowFate.Accepted]);

    [Fact]
    public async Task Deliver_DigestInAnyCase_IsPassedOn()
    {
        var outbound = new ScriptedOutbound(Token, ScriptedOutbound.Answer(200));

        await DeliverAsync(outbound, Samples.Row("c-1", DeliveryOperation.Add, ("SHA256_EMAIL", "584C4423C421DF49955759498A71495ABA49B8780EB9387DFF333B6F0982C777")));

        outbound.Sent[1].Text.ShouldContain("\"idValue\":\"584c4423c421df49955759498a71495aba49b8780eb9387dff333b6f0982c777\"");
    }

    [Fact]
    public async Task Deliver_NothingToMatchBy_IsRejectedWithoutACall() =>
        Fates(await DeliverAsync(new ScriptedOutbound(), Samples.Row("c-1", DeliveryOperation.Add, ("firstName", "Ana")))).ShouldBe([RowFate.Rejected]);

    [Theory]
    [InlineData(400, typeof(DeliveryOutcome.Refused))]
    [InlineData(422, typeof(DeliveryOutcome.Refused))]
    [InlineData(403, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, typeof(DeliveryOutcome.Failed))] // a new segment is not there at once
    [InlineData(408, typeof(DeliveryOutcome.Failed))]
    [InlineData(409, typeof(DeliveryOutcome.Failed))]
    [InlineData(423, typeof(DeliveryOutcome.Failed))]
    [InlineData(426, typeof(DeliveryOutcome.Misconfigured))] // the version ended
    [InlineData(429, typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, typeof(DeliveryOutcome.Failed))]
    [InlineData(504, typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_WholeCallFails_SaysWhoMustAct(int status, Type expected) => (await DeliverAsync(
        new ScriptedOutbound(Token, ScriptedOutbound.Answer(status, $$"""{"status":{{status}},"serviceErrorCode":100,"message":"no"}""")), Ana())).Outcome.ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_TokenRefused_IsRenewedOnceThenUnauthorized()
    {
        var refused = ScriptedOutbound.Answer(401, """{"status":401,"serviceErrorCode":65600,"message":"Invalid access token"}""");
        var outbound = new ScriptedOutbound(Token, refused, Token, refused);

        (await DeliverAsync(outbound, Ana())).Outcome.ShouldBeOfType<DeliveryOutcome.Unauthorized>().Code.ShouldBe("linkedin_65600");

        outbound.Unused.ShouldBe(0);
    }

    [Fact]
    public async Task Deliver_RefreshTokenEnded_IsUnauthorized() => (await DeliverAsync(
        new ScriptedOutbound(ScriptedOutbound.Answer(400, """{"error":"invalid_grant","error_description":"expired"}""")), Ana())).Outcome.ShouldBeOfType<DeliveryOutcome.Unauthorized>();

    [Theory]
    [InlineData("find", "900")]
    [InlineData("create", "902")]
    [InlineData("create-lost-race", "903")]
    public async Task Resolve_Key_IsFoundOrCreated(string name, string id)
    {
        var wire = WireFile.Read(Type, name);
        var outbound = wire.Outbound();

        var found = await Client(outbound).ResolveAudienceAsync(LinkedInAudiences.Definition, Samples.Settings(App), Unknown, CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        found.ExternalId.ShouldBe(id);
    }

    /// <summary>Older versions name the header so.</summary>
    [Fact]
    public async Task Resolve_IdInTheOlderHeader_IsTaken() => (await Client(new ScriptedOutbound(
        Token, ScriptedOutbound.Answer(200, """{"elements":[]}"""), ScriptedOutbound.Answer(201, null, ("x-linkedin-id", "904"))))
        .ResolveAudienceAsync(LinkedInAudiences.Definition, Samples.Settings(App), Unknown, CancellationToken.None)).ExternalId.ShouldBe("904");

    [Fact]
    public async Task Check_Member_HasARole()
    {
        var wire = WireFile.Read(Type, "check");
        var outbound = wire.Outbound();

        (await CheckAsync(outbound)).ShouldAllBe(step => step.Ok);

        wire.ShouldBe(outbound.Sent);
    }

    [Theory]
    [InlineData(200, """{"role":"VIEWER"}""", "view")]
    [InlineData(404, """{"status":404}""", "no role")]
    public async Task Check_MemberMayNotChange_SaysSo(int status, string body, string said)
    {
        var last = (await CheckAsync(new ScriptedOutbound(Token, ScriptedOutbound.Answer(200, """{"id":"person1"}"""), ScriptedOutbound.Answer(status, body)))).Last();

        last.Ok.ShouldBeFalse();
        last.Detail!.ShouldContain(said);
    }

    private static DeliveryRow Ana() => Samples.Row("c-1", DeliveryOperation.Add, ("SHA256_EMAIL", "ana@example.com"));

    private static HttpResponseMessage Token(SentRequest sent) => ScriptedOutbound.Answer(200, """{"access_token":"t-1","expires_in":5184000}""")(sent);

    private static IEnumerable<RowFate> Fates(DeliveryReport report) => report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Fate);

    private ConnectorClient Client(ScriptedOutbound outbound) => new(outbound, _time);

    private Task<DeliveryReport> DeliverAsync(ScriptedOutbound outbound, params DeliveryRow[] rows) => Client(outbound).DeliverAsync(
        LinkedInAudiences.Definition, Samples.Settings(App), Samples.Batch(rows) with { Audience = Unknown with { ExternalId = "900" } }, CancellationToken.None);

    private async Task<IEnumerable<CheckStep>> CheckAsync(ScriptedOutbound outbound) =>
        await Client(outbound).CheckAsync(LinkedInAudiences.Definition, Samples.Settings(App), CancellationToken.None);
}
