using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors.GoogleAds;

public sealed class GoogleAdsCustomerMatchTests
{
    private const string Type = "google-ads-customer-match";

    private static readonly (string, string)[] App = [("customerId", "123-456-7890"), ("clientId", "app-1"), ("clientSecret", "secret-1"), ("refreshToken", "refresh-1")];

    private static readonly (string, string)[] Managed = [.. App, ("managerId", "999-456-7890")];

    private static readonly AudienceRef Unknown = new("dst_1", "lapsed_loyal", "Lapsed loyal", null);

    private readonly ManualTimeProvider _time = new(Samples.Now);

    /// <summary>Google's table. The comment says what was hashed.</summary>
    [Theory]
    [InlineData("emailAddress", "j.o.h.n+alias@googlemail.com", "dc8763aaab45283ab6629579d131ce9dbb5600008d56bd59f5e4efa488b271b2")] // john@googlemail.com
    [InlineData("emailAddress", " John.Doe+x@GMAIL.com ", "06a240d11cc201676da976f7b49341181fd180da37cbe40a77432c0a366c80c3")] // johndoe@gmail.com
    [InlineData("emailAddress", "first.last+tag@Example.com", "00a8ed6a6cfc7ef2da7516e9a728bf88f3d1dbdcd7c75dd6ef608068ff6d0f69")] // first.last+tag@example.com
    [InlineData("emailAddress", "a b @ example.com", "41f5a3e1f3c7c23a4a53d19357e11101d68a8a0561f90efc7a0aca92eddca781")] // ab@example.com
    [InlineData("phoneNumber", "912-382-193", "45acd77ca923e5a772da37d8ca6eaefac79f7702030eb7e14ba6ac542aa4054c")] // +912382193
    [InlineData("phoneNumber", "+1 (650) 555.1212", "1e231c66011e7a2d867a9cfae267a6aff103cf4913640b6e71a99850fc0ffbc8")] // +16505551212
    [InlineData("phoneNumber", "  -  ", "")] // nothing is left
    [InlineData("givenName", " Mary-Jane ", "f08f448a5e7a9dc3619bb7c129f6a7d5fc6af002cea17ad71dfdc1c68f4d4e0e")] // maryjane
    [InlineData("givenName", "JOHN", "96d9632f363564cc3032521409cf22a852f2032eec099ed5967c0d000cec607a")] // john
    [InlineData("familyName", "O'Brien", "b4cb6cb33fe4b865868de825023a1e2790dc12ac01ecc8d7c5afe8254071c8ba")] // obrien
    [InlineData("familyName", "Mc Callister", "35567214d713e8ade654a92ccaa3b76335ccbc4f7948cc0f763add1a9e6c2d4b")] // mc callister
    [InlineData("emailAddress", "06A240D11CC201676DA976F7B49341181FD180DA37CBE40A77432C0A366C80C3", "06a240d11cc201676da976f7b49341181fd180da37cbe40a77432c0a366c80c3")] // passed on
    [InlineData("regionCode", " us ", "US")] // not hashed, as the rest
    [InlineData("regionCode", "USA", "")]
    [InlineData("postalCode", " 94000 ", "94000")]
    [InlineData("mobileId", " 38400000-8CF0-11bd-b23e-10b96e40000d", "38400000-8CF0-11bd-b23e-10b96e40000d")]
    [InlineData("userId", " A-17 ", "A-17")]
    public void Of_Value_IsAsGoogleTakesIt(string field, string value, string expected) =>
        GoogleAdsMembers.All.Single(rule => rule.Field == field).Of(new Row([KeyValuePair.Create(field, Cell.Of(value))])).ShouldBe(expected);

    [Fact]
    public async Task Deliver_Adds_AreIngestedWithConsentAndTerms()
    {
        var wire = WireFile.Read(Type, "ingest");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(
            outbound,
            [.. Managed, ("adUserData", "granted"), ("adPersonalization", "denied")],
            Samples.Row(
                "c-1", DeliveryOperation.Add, ("emailAddress", "John.Doe+x@gmail.com"), ("phoneNumber", "+1 (650) 555-1212"),
                ("givenName", "John"), ("familyName", "O'Brien"), ("regionCode", "us"), ("postalCode", "94000")),
            Samples.Row("c-2", DeliveryOperation.Update, ("emailAddress", "bo@example.com"), ("givenName", "Bo"), ("regionCode", "DE"))); // an address needs all four parts

        wire.ShouldBe(outbound.Sent);
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Pending>().JobId.ShouldBe("req-1");
    }

    /// <summary>Trap: a removal takes the person off this list and touches nothing else; it tells nothing about consent.</summary>
    [Theory]
    [InlineData("remove", "CONTACT_ID", DeliveryOperation.Remove, "emailAddress", "bo@example.com")]
    [InlineData("mobile", "MOBILE_ID", DeliveryOperation.Add, "mobileId", " 38400000-8CF0-11bd-b23e-10b96e40000d")]
    [InlineData("user-ids", "USER_ID", DeliveryOperation.Add, "userId", "A-17")]
    public async Task Deliver_KindOfList_DecidesTheMember(string name, string keyType, DeliveryOperation operation, string field, string value)
    {
        var wire = WireFile.Read(Type, name);
        var outbound = wire.Outbound();

        var report = await DeliverAsync(outbound, [.. App, ("keyType", keyType), ("appId", "com.example.app")], Samples.Row("c-1", operation, (field, value)));

        wire.ShouldBe(outbound.Sent);
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Pending>();
    }

    [Fact]
    public async Task Deliver_MemberOfAnotherKind_IsRejectedWithoutACall()
    {
        var report = await DeliverAsync(new ScriptedOutbound(), [.. App, ("keyType", "USER_ID")], Ana());

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldHaveSingleItem().Code.ShouldBe("missing_identifier");
    }

    /// <summary>The refusal names a member by its position: it is rejected, and the others are sent again.</summary>
    [Fact]
    public async Task Deliver_Violation_NamesItsMember()
    {
        var wire = WireFile.Read(Type, "violation");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(outbound, App, Ana(), Bo());

        wire.ShouldBe(outbound.Sent);
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Pending>().JobId.ShouldBe("req-5");
        report.Answers.Select(row => row?.Code).ShouldBe([null, "INVALID_SHA256_FORMAT"]);
    }

    [Theory]
    [InlineData("audience_members[0]", "INVALID_USER_LIST_TYPE")]
    [InlineData("destinations[0].product_destination_id", "INVALID_DESTINATION")]
    [InlineData("audience_members[7]", "INVALID_SHA256_FORMAT")] // no member of ours
    public async Task Deliver_ViolationOfTheList_IsNobodysRowsFault(string field, string reason)
    {
        var answer = ScriptedOutbound.Answer(
            400, $$"""{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"no","details":[{"fieldViolations":[{"field":"{{field}}","description":"no","reason":"{{reason}}"}]}]} }""");

        (await DeliverAsync(new ScriptedOutbound(Token, answer), App, Ana())).Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe(reason);
    }

    [Theory]
    [InlineData(400, "INVALID_ARGUMENT", typeof(DeliveryOutcome.Refused))]
    [InlineData(403, "PERMISSION_DENIED", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, "NOT_FOUND", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(409, "ABORTED", typeof(DeliveryOutcome.Failed))]
    [InlineData(429, "RESOURCE_EXHAUSTED", typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, "INTERNAL", typeof(DeliveryOutcome.Failed))]
    [InlineData(503, "UNAVAILABLE", typeof(DeliveryOutcome.Failed))]
    [InlineData(504, "DEADLINE_EXCEEDED", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Error_SaysWhoMustAct(int status, string word, Type expected)
    {
        var outcome = (await DeliverAsync(
            new ScriptedOutbound(Token, ScriptedOutbound.Answer(status, $$"""{"error":{"code":{{status}},"status":"{{word}}","message":"no"} }""")), App, Ana())).Outcome;

        outcome.ShouldBeOfType(expected);
        outcome.ToString().ShouldContain(word);
    }

    [Fact]
    public async Task Deliver_ConcurrentModificationIn400_IsTriedAgain() => (await DeliverAsync(
        new ScriptedOutbound(Token, ScriptedOutbound.Answer(400, """{"error":{"code":400,"status":"INVALID_ARGUMENT","details":[{"errors":[{"errorCode":{"databaseError":"CONCURRENT_MODIFICATION"}}]}]}}""")),
        App, Ana())).Outcome.ShouldBeOfType<DeliveryOutcome.Failed>();

    [Fact]
    public async Task Deliver_TokenRefused_IsRenewedOnceThenUnauthorized()
    {
        var refused = ScriptedOutbound.Answer(401, """{"error":{"code":401,"status":"UNAUTHENTICATED","message":"no"}}""");
        var outbound = new ScriptedOutbound(Token, refused, Token, refused);

        (await DeliverAsync(outbound, App, Ana())).Outcome.ShouldBeOfType<DeliveryOutcome.Unauthorized>();

        outbound.Unused.ShouldBe(0);
    }

    [Fact]
    public async Task Poll_Success_AcceptsAll()
    {
        var wire = WireFile.Read(Type, "poll");
        var outbound = wire.Outbound();

        var report = await PollAsync(outbound, Ana(), Bo());

        wire.ShouldBe(outbound.Sent);
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Accepted);
    }

    [Theory]
    [InlineData("PROCESSING")]
    [InlineData("REQUEST_STATUS_UNKNOWN")]
    public async Task Poll_UnderWay_IsAskedAfterAgain(string status) =>
        (await PollAsync(Job(status), Ana())).Outcome.ShouldBeOfType<DeliveryOutcome.Pending>().JobId.ShouldBe("req-1");

    /// <summary>Counts alone: one of two is found by sending halves again.</summary>
    [Fact]
    public async Task Poll_PartialSuccess_IsHalved() =>
        (await PollAsync(Job("PARTIAL_SUCCESS", "DENIED_CONSENT", 1), Ana(), Bo())).Outcome.ShouldBeOfType<DeliveryOutcome.Refused>().Code.ShouldBe("DENIED_CONSENT");

    [Fact]
    public async Task Poll_Failed_RejectsAll() => (await PollAsync(Job("FAILED", "NO_CONSENT", 2), Ana(), Bo()))
        .Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Rejected && row.Code == "NO_CONSENT");

    [Theory]
    [InlineData("INTERNAL_ERROR", typeof(DeliveryOutcome.Failed))]
    [InlineData("TERMS_AND_CONDITIONS_NOT_SIGNED", typeof(DeliveryOutcome.Misconfigured))]
    public async Task Poll_FailedForAnotherReason_SaysWhoMustAct(string reason, Type expected) =>
        (await PollAsync(Job("FAILED", reason, 1), Ana())).Outcome.ShouldBeOfType(expected);

    [Theory]
    [InlineData("find", "800", false)]
    [InlineData("create", "801", true)]
    [InlineData("create-lost-race", "802", false)]
    public async Task Resolve_Name_IsFoundOrCreated(string name, string id, bool isManaged)
    {
        var wire = WireFile.Read(Type, name);
        var outbound = wire.Outbound();

        var found = await Client(outbound).ResolveAudienceAsync(GoogleAdsCustomerMatch.Definition, Samples.Settings(isManaged ? Managed : App), Unknown, CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        found.ExternalId.ShouldBe(id);
    }

    [Fact]
    public async Task Resolve_QuotesInTheName_AreEscaped()
    {
        var outbound = new ScriptedOutbound(Token, ScriptedOutbound.Answer(200, """{"userLists":[{"id":"1","displayName":"The \"best\" \\ of"}]}"""));

        var found = await Client(outbound).ResolveAudienceAsync(GoogleAdsCustomerMatch.Definition, Samples.Settings(App), Unknown with { Name = "The \"best\" \\ of" }, CancellationToken.None);

        found.ExternalId.ShouldBe("1");
        Uri.UnescapeDataString(outbound.Sent[1].Url.AbsoluteUri).ShouldContain("""filter=display_name="The \"best\" \\ of"&""");
    }

    [Fact]
    public async Task Check_Account_ListsOne()
    {
        var wire = WireFile.Read(Type, "check");
        var outbound = wire.Outbound();

        (await Client(outbound).CheckAsync(GoogleAdsCustomerMatch.Definition, Samples.Settings(App), CancellationToken.None)).ShouldAllBe(step => step.Ok);

        wire.ShouldBe(outbound.Sent);
    }

    [Theory]
    [InlineData("/secrets required", "clientId", "a")]
    [InlineData("/secrets ambiguous", "refreshToken", "r", "serviceAccountKey", "{}", "clientId", "a", "clientSecret", "s")]
    [InlineData("/settings/clientId required", "refreshToken", "r", "clientSecret", "s")]
    [InlineData("/settings/appId required", "refreshToken", "r", "clientId", "a", "clientSecret", "s", "keyType", "MOBILE_ID")]
    public void Check_Settings_OneWayToAuthenticate(string fault, params string[] settings) => SettingRules.Check(
        GoogleAdsCustomerMatch.Definition, Samples.Settings([("customerId", "1234567890"), .. settings.Chunk(2).Select(pair => (pair[0], pair[1]))]))
        .Select(found => $"{found.Pointer} {found.Code}").First().ShouldBe(fault);

    private static DeliveryRow Ana() => Samples.Row("c-1", DeliveryOperation.Add, ("emailAddress", "ana@example.com"));

    private static DeliveryRow Bo() => Samples.Row("c-2", DeliveryOperation.Add, ("emailAddress", "bo@example.com"));

    private static HttpResponseMessage Token(SentRequest sent) => ScriptedOutbound.Answer(200, """{"access_token":"t-1","expires_in":3599}""")(sent);

    private static ScriptedOutbound Job(string status, string? reason = null, int count = 0) => new(Token, ScriptedOutbound.Answer(200, reason is null
        ? $$"""{"requestStatusPerDestination":[{"requestStatus":"{{status}}"}]}"""
        : $$"""{"requestStatusPerDestination":[{"requestStatus":"{{status}}","errorInfo":{"errorCounts":[{"recordCount":"{{count}}","reason":"PROCESSING_ERROR_REASON_{{reason}}"}]} }]}"""));

    private ConnectorClient Client(ScriptedOutbound outbound) => new(outbound, _time);

    private Task<DeliveryReport> DeliverAsync(ScriptedOutbound outbound, (string, string)[] settings, params DeliveryRow[] rows) => Client(outbound).DeliverAsync(
        GoogleAdsCustomerMatch.Definition, Samples.Settings(settings), BatchOf(rows), CancellationToken.None);

    private Task<DeliveryReport> PollAsync(ScriptedOutbound outbound, params DeliveryRow[] rows) =>
        Client(outbound).PollAsync(GoogleAdsCustomerMatch.Definition, Samples.Settings(App), BatchOf(rows), "req-1", CancellationToken.None);

    private static DeliveryBatch BatchOf(DeliveryRow[] rows) => Samples.Batch(rows) with { Audience = Unknown with { ExternalId = "800" } };
}
