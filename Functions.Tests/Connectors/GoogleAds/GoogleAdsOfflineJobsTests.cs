using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.GoogleAds;

/// <summary>Customer Match over the Google Ads API.</summary>
public sealed class GoogleAdsOfflineJobsTests
{
    private const string Type = "google-ads-customer-match";
    private const string Job = "customers/1234567890/offlineUserDataJobs/77";

    private static readonly (string, string)[] App =
    [
        ("customerId", "123-456-7890"), ("managerId", "999-456-7890"), ("clientId", "app-1"), ("clientSecret", "secret-1"), ("refreshToken", "refresh-1"),
        ("api", "googleAds"), ("developerToken", "developer-1"), ("adUserData", "granted"), ("adPersonalization", "granted"),
    ];

    private static readonly AudienceRef Unknown = new("dst_1", "lapsed_loyal", "Lapsed loyal", null);

    private readonly ManualTimeProvider _time = new(Samples.Now);

    /// <summary>An operation at fault is named by its position: its row is rejected, and the job runs for the other.</summary>
    [Fact]
    public async Task Deliver_Adds_CreateFillAndRunAJob()
    {
        var wire = WireFile.Read(Type, "ads-api");
        var outbound = wire.Outbound();

        var report = await DeliverAsync(
            outbound,
            Samples.Row(
                "c-1", DeliveryOperation.Add, ("emailAddress", "test@gmail.com"), ("phoneNumber", "+1 323 456 7890"), ("givenName", "Jane"), ("familyName", "Doe"),
                ("regionCode", "US"), ("postalCode", "982004")),
            Bo(DeliveryOperation.Add));

        wire.ShouldBe(outbound.Sent);
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Pending>().JobId.ShouldBe(Job);
        report.Answers.Select(answer => answer?.Code).ShouldBe([null, "INVALID_SHA256_FORMAT"]);
    }

    /// <summary>Trap: a removal takes the person off this list and says nothing about consent.</summary>
    [Fact]
    public async Task Deliver_Removals_AreOperationsOfTheirOwnJob()
    {
        var wire = WireFile.Read(Type, "ads-api-remove");
        var outbound = wire.Outbound();

        (await DeliverAsync(outbound, Bo(DeliveryOperation.Remove))).Outcome.ShouldBeOfType<DeliveryOutcome.Pending>();

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task Deliver_AllOperationsFail_TheJobIsNotRun()
    {
        var outbound = new ScriptedOutbound(Token, Named, Partial("""{"fieldName":"operations","index":0}"""));

        (await DeliverAsync(outbound, Bo(DeliveryOperation.Add))).Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldHaveSingleItem().Code.ShouldBe("INVALID_SHA256_FORMAT");

        outbound.Sent.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Deliver_FailureWithoutAPosition_IsHalved() =>
        (await DeliverAsync(new ScriptedOutbound(Token, Named, Partial("""{"fieldName":"job"}""")), Bo(DeliveryOperation.Add), Bo(DeliveryOperation.Add)))
            .Outcome.ShouldBeOfType<DeliveryOutcome.Refused>().Code.ShouldBe("partial_failure");

    [Theory]
    [InlineData(401, "UNAUTHENTICATED", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "PERMISSION_DENIED", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(429, "RESOURCE_EXHAUSTED", typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, "INTERNAL", typeof(DeliveryOutcome.Failed))]
    [InlineData(503, "UNAVAILABLE", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_JobIsNotTaken_SaysWhoMustAct(int status, string word, Type expected)
    {
        var refused = ScriptedOutbound.Answer(status, $$"""{"error":{"code":{{status}},"status":"{{word}}","message":"no"} }""");

        (await DeliverAsync(new ScriptedOutbound(Token, refused, Token, refused), Bo(DeliveryOperation.Add))).Outcome.ShouldBeOfType(expected);
    }

    [Fact]
    public async Task Poll_Success_AcceptsAll()
    {
        var wire = WireFile.Read(Type, "ads-api-poll");
        var outbound = wire.Outbound();

        (await PollAsync(outbound)).Outcome.ShouldBeOfType<DeliveryOutcome.Settled>();

        wire.ShouldBe(outbound.Sent);
    }

    [Theory]
    [InlineData("RUNNING", typeof(DeliveryOutcome.Pending))]
    [InlineData("PENDING", typeof(DeliveryOutcome.Pending))]
    [InlineData("FAILED", typeof(DeliveryOutcome.Failed))]
    public async Task Poll_NotDone_IsAskedAfterOrTriedAgain(string status, Type expected) => (await PollAsync(new ScriptedOutbound(
        Token, ScriptedOutbound.Answer(200, $$"""{"results":[{"offlineUserDataJob":{"status":"{{status}}"} }]}""")))).Outcome.ShouldBeOfType(expected);

    [Fact]
    public async Task Resolve_NoSuchName_CreatesTheList()
    {
        var wire = WireFile.Read(Type, "ads-api-create");
        var outbound = wire.Outbound();

        var found = await Client(outbound).ResolveAudienceAsync(GoogleAdsCustomerMatch.Definition, Samples.Settings(App), Unknown, CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        found.ExternalId.ShouldBe("805");
    }

    [Fact]
    public async Task Check_Token_ListsTheCustomers()
    {
        var wire = WireFile.Read(Type, "ads-api-check");
        var outbound = wire.Outbound();

        (await Client(outbound).CheckAsync(GoogleAdsCustomerMatch.Definition, Samples.Settings(App), CancellationToken.None)).ShouldAllBe(step => step.Ok);

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public void Check_Settings_AsksForTheDeveloperToken() => SettingRules.Check(
        GoogleAdsCustomerMatch.Definition, Samples.Settings([.. App.Where(setting => setting.Item1 != "developerToken")])).ShouldHaveSingleItem().Pointer.ShouldBe("/secrets/developerToken");

    private static DeliveryRow Bo(DeliveryOperation operation) => Samples.Row("c-2", operation, ("emailAddress", "bo@example.com"));

    private static HttpResponseMessage Token(SentRequest sent) => ScriptedOutbound.Answer(200, """{"access_token":"t-1","expires_in":3599}""")(sent);

    private static HttpResponseMessage Named(SentRequest sent) => ScriptedOutbound.Answer(200, $$"""{"resourceName":"{{Job}}"}""")(sent);

    private static Func<SentRequest, HttpResponseMessage> Partial(string element) => ScriptedOutbound.Answer(
        200,
        """{"partialFailureError":{"code":3,"message":"no","details":[{"errors":[{"errorCode":{"offlineUserDataJobError":"INVALID_SHA256_FORMAT"},"message":"no","location":{"fieldPathElements":["""
        + element + "]}}]}]}}");

    private ConnectorClient Client(ScriptedOutbound outbound) => new(outbound, _time);

    private Task<DeliveryReport> DeliverAsync(ScriptedOutbound outbound, params DeliveryRow[] rows) =>
        Client(outbound).DeliverAsync(GoogleAdsCustomerMatch.Definition, Samples.Settings(App), BatchOf(rows), CancellationToken.None);

    private Task<DeliveryReport> PollAsync(ScriptedOutbound outbound) =>
        Client(outbound).PollAsync(GoogleAdsCustomerMatch.Definition, Samples.Settings(App), BatchOf(Bo(DeliveryOperation.Add)), Job, CancellationToken.None);

    private static DeliveryBatch BatchOf(params DeliveryRow[] rows) => Samples.Batch(rows) with { Audience = Unknown with { ExternalId = "800" } };
}
