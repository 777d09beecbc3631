using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Salesforce;

public sealed class SalesforceConnectorTests
{
    private const string Campaign = "701000000000001AAA";
    private const string TokenAnswer = """{"access_token":"t0ken-1","instance_url":"https://acme.my.salesforce.com"}""";

    private readonly PlatformTest _platform = new(
        SalesforceConnector.Definition, ("loginHost", "acme.my.salesforce.com"), ("clientId", "app-1"), ("clientSecret", "s3cret-app"));

    [Fact]
    public async Task Deliver_ByExternalId_UpsertsThenAddsToTheCampaign()
    {
        var ana = Samples.Row(
            "c-1", DeliveryOperation.Add, ("ExternalId", "c-1"), ("Email", "Ana@example.com"), ("LastName", "Lee"), ("FirstName", "Ana"), ("Interests__c", new[] { "a", "b" }), ("Vip__c", true));
        ana.Fields.SetNull("Tier__c");

        var report = await _platform.With(("externalIdField", "CDP_Id__c")).DeliverAsync(
            "upsert", PlatformTest.Batch(Campaign, ana, Samples.Row("c-2", DeliveryOperation.Update, ("ExternalId", "c-2"), ("Email", "bo@x"))));

        PlatformTest.Fates(report).ShouldBe([(RowFate.Accepted, null), (RowFate.Rejected, "INVALID_EMAIL_ADDRESS")]);
        ((DeliveryOutcome.Settled)report.Outcome).Rows[0].RemoteId.ShouldBe("003000000000001AAA");
    }

    [Fact]
    public async Task Deliver_ByEmail_TakesTheOldestRecordCreatesTheRestAndGoesToTheInstance()
    {
        var platform = _platform.With(("loginHost", "login.salesforce.com"), ("grant", "refresh_token"), ("refreshToken", "s3cret-refresh"), ("object", "Lead"), ("memberStatus", "Responded"));

        var report = await platform.DeliverAsync("by-email", PlatformTest.Batch(
            Campaign, Samples.Row("c-1", DeliveryOperation.Add, ("Email", "ana@example.com"), ("FirstName", "Ana")),
            Samples.Row("c-2", DeliveryOperation.Add, ("Email", "o'neil@example.com"), ("LastName", "O'Neil"), ("Company", "Acme"))));

        PlatformTest.ShouldAccept(report);
    }

    [Fact]
    public async Task Deliver_Removals_DeleteTheMembershipAndNobody()
    {
        var report = await _platform.DeliverAsync("remove", PlatformTest.Batch(
            Campaign, Leaving("c-1", "ana@example.com"), Leaving("c-2", "nobody@example.com"),
            Leaving("c-3", "bo@example.com") with { RemoteId = "003000000000007" }, Leaving("c-4", "cy@example.com") with { RemoteId = "003000000000008AAA" }));

        PlatformTest.ShouldAccept(report);
        report.Exchanges.Where(exchange => exchange.Method is "DELETE").ShouldAllBe(exchange => !exchange.Url.Contains("003", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deliver_UpdateOnly_ChangesWhoIsThereAndCreatesNobody()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, TokenAnswer),
            ScriptedOutbound.Answer(200, """{"done":true,"records":[{"Id":"003000000000001AAA","CDP_Id__c":"c-1"}]}"""),
            ScriptedOutbound.Answer(200, """[{"id":"003000000000001AAA","success":true,"errors":[]}]"""));

        var report = await _platform.With(("externalIdField", "CDP_Id__c")).DeliverAsync(outbound, PlatformTest.Batch(
            Campaign, Samples.Row("c-1", DeliveryOperation.Update, ("ExternalId", "c-1"), ("Tier__c", "gold")), Samples.Row("c-2", DeliveryOperation.Update, ("ExternalId", "c-2"), ("Tier__c", "gold"))) with
        {
            AttributesOnly = true,
        });

        PlatformTest.ShouldAccept(report);
        outbound.Sent.Select(sent => sent.Method).ShouldBe(["POST", "GET", "PATCH"]);
        outbound.Sent[2].Text.ShouldNotContain("CampaignMember");
    }

    [Fact]
    public async Task Deliver_NobodyMayBeCreated_RejectsWhoIsMissing()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, TokenAnswer), ScriptedOutbound.Answer(200, """{"done":true,"records":[]}"""));

        PlatformTest.Fates(await _platform.With(("createPeople", "false")).DeliverAsync(outbound, PlatformTest.Batch(Campaign, Samples.Row("c-1", DeliveryOperation.Add, ("Email", "ana@example.com")))))
            .ShouldBe([(RowFate.Rejected, "not_found")]);
    }

    [Theory]
    [InlineData("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", RowFate.Retryable)]
    [InlineData("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Trigger: UNABLE_TO_LOCK_ROW", RowFate.Retryable)]
    [InlineData("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Too many SOQL queries: 101", RowFate.Retryable)]
    [InlineData("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Trigger failed", RowFate.Rejected)]
    [InlineData("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", RowFate.Rejected)]
    [InlineData("STRING_TOO_LONG", "First Name: data value too large", RowFate.Rejected)]
    [InlineData("DUPLICATES_DETECTED", "Use one of these records?", RowFate.Rejected)]
    [InlineData("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no", RowFate.Rejected)]
    [InlineData("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", RowFate.Rejected)]
    public async Task Deliver_RowError_IsReadByItsCode(string code, string message, RowFate fate)
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, TokenAnswer), ScriptedOutbound.Answer(200, $"[{{\"success\":false,\"errors\":[{{\"statusCode\":\"{code}\",\"message\":\"{message}\",\"fields\":[]}}]}}]"));

        PlatformTest.Fates(await _platform.With(("externalIdField", "CDP_Id__c")).DeliverAsync(outbound, PlatformTest.Batch(Campaign, Samples.Row("c-1", DeliveryOperation.Add, ("ExternalId", "c-1")))))
            .ShouldBe([(fate, code)]);
    }

    [Fact]
    public async Task Deliver_RememberedRecordIsDeleted_IsForgottenAndTriedAgain()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, TokenAnswer), ScriptedOutbound.Answer(200, """[{"success":false,"errors":[{"statusCode":"ENTITY_IS_DELETED","message":"entity is deleted","fields":[]}]}]"""));
        var row = Samples.Row("c-1", DeliveryOperation.Update, ("Email", "ana@example.com"), ("FirstName", "Ana")) with { RemoteId = "003000000000001AAA" };

        var rows = (await _platform.DeliverAsync(outbound, PlatformTest.Batch(Campaign, row))).Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows;

        (rows[0].Fate, rows[0].RemoteId).ShouldBe((RowFate.Retryable, ""));
    }

    [Fact]
    public async Task Deliver_CampaignIsGone_BlamesNoRow()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, TokenAnswer),
            ScriptedOutbound.Answer(200, """[{"success":false,"errors":[{"statusCode":"INVALID_CROSS_REFERENCE_KEY","message":"invalid cross reference id","fields":["CampaignId"]}]}]"""));

        (await _platform.DeliverAsync(outbound, PlatformTest.Batch(Campaign, Samples.Row("c-1", DeliveryOperation.Add, ("Id", "003000000000001AAA")))))
            .Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("campaign_gone");
    }

    [Theory]
    [InlineData(400, "MALFORMED_QUERY", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, "INVALID_FIELD", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, "JSON_PARSER_ERROR", typeof(DeliveryOutcome.Settled))]
    [InlineData(400, "UNABLE_TO_LOCK_ROW", typeof(DeliveryOutcome.Failed))]
    [InlineData(403, "REQUEST_LIMIT_EXCEEDED", typeof(DeliveryOutcome.Throttled))]
    [InlineData(403, "API_DISABLED_FOR_ORG", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, "NOT_FOUND", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(500, "UNKNOWN_EXCEPTION", typeof(DeliveryOutcome.Failed))]
    [InlineData(503, "SERVER_UNAVAILABLE", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsReadByItsCode(int status, string code, Type expected)
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, TokenAnswer), ScriptedOutbound.Answer(status, $$"""[{"message":"no","errorCode":"{{code}}"}]"""));

        (await _platform.DeliverAsync(outbound, PlatformTest.Batch(Campaign, Samples.Row("c-1", DeliveryOperation.Add, ("Id", "003000000000001AAA"))))).Outcome.ShouldBeOfType(expected);
    }

    [Fact]
    public async Task Deliver_SessionExpired_RenewsTheTokenOnce()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, TokenAnswer),
            ScriptedOutbound.Answer(401, """[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"""),
            ScriptedOutbound.Answer(200, """{"access_token":"t0ken-2","instance_url":"https://acme.my.salesforce.com"}"""),
            ScriptedOutbound.Answer(200, """[{"id":"00v1","success":true,"errors":[]}]"""));

        PlatformTest.ShouldAccept(await _platform.DeliverAsync(outbound, PlatformTest.Batch(Campaign, Samples.Row("c-1", DeliveryOperation.Add, ("Id", "003000000000001AAA")))));

        outbound.Sent[3].Headers["authorization"].ShouldBe("Bearer t0ken-2");
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("https://salesforce.com.evil.example")]
    [InlineData("https://evilsalesforce.com")]
    [InlineData("http://acme.salesforce.com")]
    public async Task Check_InstanceThatIsNotSalesforces_IsNotSentTheToken(string instance)
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, $$"""{"access_token":"t0ken-1","instance_url":"{{instance}}"}"""), ScriptedOutbound.Answer(200, "{}"));

        await _platform.CheckAsync(outbound);

        outbound.Sent[1].Url.Host.ShouldBe("acme.my.salesforce.com");
    }

    [Fact]
    public async Task Check_Refused_SaysThatTheCredentialsAreWrong() =>
        (await _platform.CheckAsync(new ScriptedOutbound(ScriptedOutbound.Answer(400, """{"error":"invalid_grant","error_description":"authentication failure"}"""))))[^1].Name.ShouldBe("authenticate");

    [Fact]
    public async Task Resolve_NoCampaign_IsMade() => (await _platform.ResolveAsync("create-campaign")).ExternalId.ShouldBe(Campaign);

    [Fact]
    public async Task Check_Connection_ReadsTheLimits() => (await _platform.CheckAsync("check")).ShouldAllBe(step => step.Ok);

    [Theory]
    [InlineData("", "loginHost", "acme--dev.sandbox.my.salesforce.com")]
    [InlineData("/settings/loginHost my_domain_required", "loginHost", "login.salesforce.com")]
    [InlineData("/settings/loginHost invalid_format", "loginHost", "salesforce.com.evil.example")]
    [InlineData("/settings/loginHost invalid_format", "loginHost", "https://acme.my.salesforce.com")]
    [InlineData("/secrets/refreshToken required", "grant", "refresh_token")]
    [InlineData("/settings/externalIdField invalid_format", "externalIdField", "CDP Id")]
    public void Check_Settings_NameWhatIsWrong(string expected, string name, string value) => _platform.With((name, value)).Faults().ShouldBe(expected);

    private static DeliveryRow Leaving(string id, string email) => Samples.Row(id, DeliveryOperation.Remove, ("Email", email));
}
