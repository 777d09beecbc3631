using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors.TikTok;

public sealed class TikTokAudiencesTests
{
    private const string Type = "tiktok-audiences";
    private const string Gaid = "38400000-8CF0-11bd-b23e-10b96e40000d";

    private static readonly (string, string)[] Token = [("accessToken", "token-1"), ("advertiserId", "7001")];

    private static readonly AudienceRef Unknown = new("dst_1", "lapsed_loyal", "Lapsed loyal", null);

    private readonly ManualTimeProvider _time = new(Samples.Now);

    /// <summary>TikTok's table. The comment says what was hashed.</summary>
    [Theory]
    [InlineData("EMAIL_SHA256", " Alex @Email.com ", "ac0f1baec38a9ef3cfcb56db981df7d9bab2568c7f53ef3776d1c059ec58e72b")] // alex@email.com
    [InlineData("EMAIL_SHA256", "scroogemcduck@disney.com", "77bc071241f37b4736df28c0c1cb0a99163d1050696134325b99246b2183d408")] // scroogemcduck@disney.com
    [InlineData("EMAIL_SHA256", "Test.User+tag@Testing.com", "4742a7637e284b861f7abcaa7b0421d4c7052f93cb9cfc77500d57d2025b6fca")] // test.user+tag@testing.com
    [InlineData("PHONE_SHA256", "+1 (650) 555-1212", "1e231c66011e7a2d867a9cfae267a6aff103cf4913640b6e71a99850fc0ffbc8")] // +16505551212
    [InlineData("PHONE_SHA256", "0044 20 7946 0958", "f0bf0228144d9fe2bdf1da2d8ca698f17bf1410ee688b075c27062e47b6f0b6d")] // +442079460958
    [InlineData("PHONE_SHA256", "none", "")] // nothing is left
    [InlineData("IDFA_SHA256", " AEBE52E7-03EE-455A-B3C4-E57283966239 ", "aab766791ab90f208a8bcb342fd935b3012e81ca20b1f7cf707caf804bbd813c")] // aebe52e7-03ee-455a-b3c4-e57283966239
    [InlineData("AAID_SHA256", "38400000-8CF0-11bd-b23e-10b96e40000d", "d4181bb455a74b3bc8b37c75ac9b2c702eb6b9930bd040b861403b31ca85634d")] // 38400000-8cf0-11bd-b23e-10b96e40000d
    [InlineData("IDFA_MD5", "1234lkasfjdalj12321", "32ee3d063320815a13e0058c2498ff76")] // 1234lkasfjdalj12321
    [InlineData("AAID_MD5", "1234567", "fcea920f7412b5da7be0cf42b8c93759")] // 1234567
    [InlineData("AAID_MD5", " 000999OOOQQQQ", "f9018a5e3cb5c15410df330177f3db5e")] // 000999oooqqqq
    [InlineData("EMAIL_SHA256", "77BC071241F37B4736DF28C0C1CB0A99163D1050696134325B99246B2183D408", "77bc071241f37b4736df28c0c1cb0a99163d1050696134325b99246b2183d408")] // passed on
    [InlineData("PHONE_SHA256", "e5aaca26e304714083dccf6d2dbc16466e9cde94ca54feefa3dca412e2eeb74e", "e5aaca26e304714083dccf6d2dbc16466e9cde94ca54feefa3dca412e2eeb74e")] // passed on
    [InlineData("AAID_MD5", "FCEA920F7412B5DA7BE0CF42B8C93759", "fcea920f7412b5da7be0cf42b8c93759")] // passed on
    public void Of_Value_IsTheDigestOfItsNormalForm(string field, string value, string digest) =>
        TikTokColumns.Default.Single(rule => rule.Field == field).Of(new Row([KeyValuePair.Create(field, Cell.Of(value))])).ShouldBe(digest);

    [Theory]
    [InlineData("spaces", " Test.User+tag @Testing.com", "test.user+tag@testing.com")]
    [InlineData("tag", "Test.User+tag@Testing.com", "test.user@testing.com")]
    [InlineData("tagAndDots", "Test.User+tag@Testing.com", "testuser@testing.com")]
    [InlineData("tagAndDots", "no.address", "no.address")]
    public void Of_EmailRule_DecidesTheNormalForm(string rule, string value, string normal)
    {
        var email = TikTokColumns.Of(Samples.Settings(("emailRule", rule)))[0];

        email.Of(Fields(value)).ShouldBe(TikTokColumns.Default[0].Of(Fields(normal)));

        static Row Fields(string text) => new([KeyValuePair.Create("EMAIL_SHA256", Cell.Of(text))]);
    }

    /// <summary>What a member lacks keeps its place as an empty object.</summary>
    [Fact]
    public async Task Deliver_Adds_KeepThePositionsOfTheSchema()
    {
        var wire = WireFile.Read(Type, "add");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(
            outbound,
            Samples.Row("c-1", DeliveryOperation.Add, ("EMAIL_SHA256", "Ana@example.com"), ("PHONE_SHA256", "+1 650 555 1212"), ("AAID_SHA256", Gaid), ("AAID_MD5", Gaid)),
            Samples.Row("c-2", DeliveryOperation.Add, ("PHONE_SHA256", "+44 20 7946 0958")));

        wire.ShouldBe(outbound.Sent);
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Accepted);
    }

    /// <summary>Trap: a removal takes the person out of this audience and touches nothing else.</summary>
    [Fact]
    public async Task Deliver_Removals_DeleteFromTheAudience()
    {
        var wire = WireFile.Read(Type, "remove");
        var outbound = wire.Outbound();

        (await DeliverAsync(outbound, Bo())).Outcome.ShouldBeOfType<DeliveryOutcome.Settled>();

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task Deliver_NothingToMatchBy_IsRejectedWithoutACall()
    {
        var outbound = new ScriptedOutbound();

        var report = await DeliverAsync(outbound, Samples.Row("c-1", DeliveryOperation.Add, ("PHONE_SHA256", "none")));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldHaveSingleItem().Code.ShouldBe("missing_identifier");
    }

    [Theory]
    [InlineData(40016, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(40100, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(40132, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(40133, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(40101, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(40102, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(40104, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(40105, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(40113, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(40116, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(40001, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(40118, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(40200, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(40202, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(40700, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(50000, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(50002, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(51305, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(60001, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(40000, "", typeof(DeliveryOutcome.Refused))]
    [InlineData(40002, "batch_data[0].id: invalid", typeof(DeliveryOutcome.Refused))]
    [InlineData(40002, "Audience is not editable", typeof(DeliveryOutcome.Failed))]
    [InlineData(40002, "Parameter error: invalid audience ID", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(40006, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(40050, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(40300, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(40901, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(41000, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(49999, "", typeof(DeliveryOutcome.Refused))]
    public async Task Deliver_CodeIn200_SaysWhoMustAct(int code, string message, Type expected)
    {
        var answer = ScriptedOutbound.Answer(200, $$"""{"code":{{code}},"message":"{{message}}","request_id":"1","data":{} }""");

        var outcome = (await DeliverAsync(new ScriptedOutbound(answer), Bo())).Outcome;

        outcome.ShouldBeOfType(expected);
        outcome.ToString().ShouldContain($"tiktok_{code}");
    }

    [Theory]
    [InlineData(404, "404 page not found", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(502, "<html/>", typeof(DeliveryOutcome.Failed))]
    [InlineData(200, "<html/>", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_NoEnvelope_StatusDecides(int status, string body, Type expected) =>
        (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), Bo())).Outcome.ShouldBeOfType(expected);

    [Theory]
    [InlineData("QPS limit reached", 1)]
    [InlineData("Requests exceed the limit per minute", 300)]
    [InlineData("daily limit reached", 3600)]
    public async Task Deliver_Throttled_WaitsAsTikTokAdvises(string message, int seconds) => (await DeliverAsync(
        new ScriptedOutbound(ScriptedOutbound.Answer(200, $$"""{"code":40100,"message":"{{message}}"}""")), Bo()))
        .Outcome.ShouldBeOfType<DeliveryOutcome.Throttled>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(seconds));

    [Fact]
    public async Task Deliver_Throttled_IsAsOnTheWire()
    {
        var wire = WireFile.Read(Type, "throttled");
        var outbound = wire.Outbound();

        (await DeliverAsync(outbound, Bo())).Outcome.ShouldBeOfType<DeliveryOutcome.Throttled>();

        wire.ShouldBe(outbound.Sent);
    }

    [Theory]
    [InlineData("find", "1700")]
    [InlineData("create", "1701")]
    public async Task Resolve_Name_IsFoundOnAnyPageOrCreated(string name, string id)
    {
        var wire = WireFile.Read(Type, name);
        var outbound = wire.Outbound();

        var found = await Client(outbound).ResolveAudienceAsync(TikTokAudiences.Definition, Samples.Settings(Token), Unknown, CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        found.ExternalId.ShouldBe(id);
    }

    [Fact]
    public async Task Check_Token_ReachesTheAdvertiser()
    {
        var wire = WireFile.Read(Type, "check");
        var outbound = wire.Outbound();

        (await Client(outbound).CheckAsync(TikTokAudiences.Definition, Samples.Settings(Token), CancellationToken.None)).ShouldAllBe(step => step.Ok);

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task Check_EmptyToken200_FailsToAuthenticate() => (await Client(new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"code":40104,"message":"Access token is empty"}""")))
        .CheckAsync(TikTokAudiences.Definition, Samples.Settings(Token), CancellationToken.None)).Last().Name.ShouldBe("authenticate");

    private static DeliveryRow Bo() => Samples.Row("c-9", DeliveryOperation.Remove, ("EMAIL_SHA256", "bo@example.com"));

    private ConnectorClient Client(ScriptedOutbound outbound) => new(outbound, _time);

    private Task<DeliveryReport> DeliverAsync(ScriptedOutbound outbound, params DeliveryRow[] rows) => Client(outbound).DeliverAsync(
        TikTokAudiences.Definition, Samples.Settings(Token), Samples.Batch(rows) with { Audience = Unknown with { ExternalId = "1700" } }, CancellationToken.None);
}
