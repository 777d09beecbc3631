using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Zendesk;

public sealed class ZendeskConnectorTests
{
    private readonly PlatformTest _platform = new(ZendeskConnector.Definition, ("subdomain", "acme"), ("agentEmail", "agent@acme.example"), ("apiToken", "s3cret-token"));

    [Fact]
    public async Task Deliver_Add_UpsertsThenTagsWithoutTouchingOtherTags()
    {
        var ana = Samples.Row("c-1", DeliveryOperation.Add, ("external_id", "c-1"), ("email", "Ana@Example.com"), ("name", "Ana"), ("tier", "gold"), ("vip", true));
        ana.Fields.SetNull("city");

        var report = await _platform.DeliverAsync("add", PlatformTest.Batch("cdp_vip", ana));

        PlatformTest.ShouldAccept(report);
        ((DeliveryOutcome.Settled)report.Outcome).Rows[0].RemoteId.ShouldBe("101");
        report.Exchanges[0].RequestBody.ShouldNotBeNull().ShouldNotContain("tags");
    }

    [Fact]
    public async Task Deliver_AddOfSomebodyTaggedAlready_NeedsOneCall() =>
        PlatformTest.ShouldAccept(await _platform.DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"user":{"id":101,"tags":["a","cdp_vip"]}}""")), PlatformTest.Batch("cdp_vip", User("c-1", DeliveryOperation.Update))));

    [Fact]
    public async Task Deliver_NameIsNotMapped_IsMadeUpForNewUsersOnly() =>
        PlatformTest.ShouldAccept(await _platform.With(("membership", "field")).DeliverAsync(
            "unnamed", PlatformTest.Batch("cdp_vip", Samples.Row("c-2", DeliveryOperation.Add, ("external_id", "c-2"), ("email", "bo@example.com")))));

    [Fact]
    public async Task Deliver_Removals_TakeTheTagOfThoseWhoHaveIt()
    {
        var report = await _platform.DeliverAsync("untag", PlatformTest.Batch(
            "cdp_vip", User("c-1", DeliveryOperation.Remove), User("c-2", DeliveryOperation.Remove),
            Samples.Row("c-3", DeliveryOperation.Remove, ("external_id", "c-3"), ("email", "cy@example.com"))));

        PlatformTest.ShouldAccept(report);
        report.Exchanges.ShouldAllBe(exchange => exchange.Method != "DELETE" || exchange.Url.EndsWith("/tags.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deliver_RemovalsOfAField_AreOneJob() =>
        (await _platform.With(("membership", "field")).DeliverAsync(
            "clear-field", PlatformTest.Batch("cdp_vip", User("c-1", DeliveryOperation.Remove) with { RemoteId = "101" }, User("c-2", DeliveryOperation.Remove) with { RemoteId = "102" })))
            .Outcome.ShouldBeOfType<DeliveryOutcome.Pending>().JobId.ShouldBe("82de0b044094f0c67893ac9fe64f1a99");

    [Fact]
    public async Task Poll_Completed_ReadsEachUserAndDoubtsTheUnmentioned() =>
        PlatformTest.Fates(await _platform.PollAsync(
            "job", PlatformTest.Batch("cdp_vip", User("c-1", DeliveryOperation.Remove), User("c-2", DeliveryOperation.Remove), User("c-3", DeliveryOperation.Remove)), "82de0b044094f0c67893ac9fe64f1a99"))
            .ShouldBe([(RowFate.Accepted, null), (RowFate.Rejected, "RecordInvalid"), (RowFate.Uncertain, "not_mentioned")]);

    [Theory]
    [InlineData("queued", typeof(DeliveryOutcome.Pending))]
    [InlineData("working", typeof(DeliveryOutcome.Pending))]
    [InlineData("failed", typeof(DeliveryOutcome.Failed))]
    [InlineData("killed", typeof(DeliveryOutcome.Failed))]
    public async Task Poll_Status_DecidesWhatIsNext(string status, Type expected) =>
        (await _platform.PollAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, $$"""{"job_status":{"id":"j","status":"{{status}}"} }""")), PlatformTest.Batch("cdp_vip", User("c-1", DeliveryOperation.Remove)), "j"))
            .Outcome.ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_UpdateOnly_ChangesWhoIsThereAndCreatesNobody()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, """{"users":[{"id":101,"external_id":"c-1","active":true}]}"""), ScriptedOutbound.Answer(200, """{"job_status":{"id":"j","status":"queued"}}"""));

        var report = await _platform.DeliverAsync(outbound, PlatformTest.Batch(
            "cdp_vip", Samples.Row("c-1", DeliveryOperation.Update, ("external_id", "c-1"), ("tier", "gold")), User("c-2", DeliveryOperation.Update)) with
        {
            AttributesOnly = true,
        });

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Pending>();
        report.Answers.Select(row => row?.Fate).ShouldBe([null, RowFate.Accepted]);
        outbound.Sent[1].Text.ShouldBe("""{"users":[{"id":101,"user_fields":{"tier":"gold"}}]}""");
    }

    [Fact]
    public async Task Deliver_TagsAreSwitchedOff_SaysSo()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"user":{"id":101,"tags":[]}}"""), ScriptedOutbound.Answer(200, """{"tags":[]}"""));

        (await _platform.DeliverAsync(outbound, PlatformTest.Batch("cdp_vip", User("c-1", DeliveryOperation.Add)))).Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("tags_off");
    }

    [Theory]
    [InlineData(400, """{"error":"BadRequest"}""", RowFate.Rejected, "BadRequest")]
    [InlineData(409, """{"error":"Conflict"}""", RowFate.Retryable, "conflict")]
    [InlineData(422, """{"error":"RecordInvalid","description":"Record validation errors","details":{"email":[{"description":"Email: x is not properly formatted"}]}}""", RowFate.Rejected, "RecordInvalid")]
    [InlineData(429, "Rate limit for updating a single unique user exceeded", RowFate.Retryable, "user_rate_limit")]
    [InlineData(200, "{}", RowFate.Uncertain, "unreadable_answer")]
    public async Task Deliver_AnswerAboutOneUser_IsTheRows(int status, string body, RowFate fate, string code) =>
        PlatformTest.Fates(await _platform.DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), PlatformTest.Batch("cdp_vip", User("c-1", DeliveryOperation.Add))))
            .ShouldBe([(fate, code)]);

    [Theory]
    [InlineData(401, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(429, typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, typeof(DeliveryOutcome.Failed))]
    [InlineData(503, typeof(DeliveryOutcome.Throttled))]
    public async Task Deliver_Failure_IsThatOfTheTable(int status, Type expected) =>
        (await _platform.DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(status, """{"error":"no"}""", ("Retry-After", "30"))), PlatformTest.Batch("cdp_vip", User("c-1", DeliveryOperation.Add)))).Outcome.ShouldBeOfType(expected);

    [Fact]
    public async Task Resolve_Tag_IsNamedAfterTheDestination() =>
        (await _platform.ResolveAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"tags":[]}""")))).ExternalId.ShouldBe("cdp_lapsed_loyal");

    [Fact]
    public async Task Resolve_Field_IsMadeWhenItIsOnNoPage() => (await _platform.With(("membership", "field")).ResolveAsync("create-field")).ExternalId.ShouldBe("cdp_lapsed_loyal");

    [Fact]
    public async Task Resolve_FieldOfAnotherType_IsRefused() =>
        (await _platform.With(("membership", "field")).ResolveAsync(new ScriptedOutbound(
            ScriptedOutbound.Answer(200, """{"user_fields":[{"key":"cdp_lapsed_loyal","type":"text"}]}""")))).Failure.ShouldBeOfType<DeliveryOutcome.Misconfigured>();

    [Fact]
    public async Task Check_OAuth_RenewsTheTokenAndAsksWhoItIs() =>
        (await new PlatformTest(
            ZendeskConnector.Definition, ("subdomain", "acme"), ("auth", "oauth"), ("clientId", "cdp"), ("clientSecret", "s3cret-client"), ("refreshToken", "s3cret-refresh"))
            .CheckAsync("check-oauth")).ShouldAllBe(step => step.Ok);

    [Theory]
    [InlineData("""{"user":{"id":null,"name":"Anonymous user","role":"end-user"}}""")]
    [InlineData("""{"user":{"id":7,"role":"end-user"}}""")]
    [InlineData("{}")]
    public async Task Check_NobodyInA200_IsUnauthorized(string body) => (await _platform.CheckAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, body))))[^1].Name.ShouldBe("authenticate");

    [Theory]
    [InlineData("", "membership", "field")]
    [InlineData("/settings/subdomain invalid_format", "subdomain", "acme.zendesk.com")]
    [InlineData("/settings/clientId required,/secrets/clientSecret required,/secrets/refreshToken required", "auth", "oauth")]
    [InlineData("/secrets/apiToken required", "apiToken", "")]
    public void Check_Settings_NameWhatIsWrong(string expected, string name, string value) => _platform.With((name, value)).Faults().ShouldBe(expected);

    [Theory]
    [InlineData("", "external_id", "tier", "name")]
    [InlineData("invalid_name", "external_id", "tags")]
    [InlineData("invalid_name", "email", "role")]
    [InlineData("missing_identifier", "name")]
    public void Check_Mapping_RefusesWhatWouldReplaceOtherThings(string expected, params string[] targets) =>
        string.Join(',', ZendeskConnector.Definition.Fields.Check(targets).Select(fault => fault.Code)).ShouldBe(expected);

    private static DeliveryRow User(string id, DeliveryOperation operation) => Samples.Row(id, operation, ("external_id", id));
}
