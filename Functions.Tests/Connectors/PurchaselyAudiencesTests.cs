using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors;

public sealed class PurchaselyAudiencesTests
{
    private readonly PlatformTest _platform = new(PurchaselyAudiences.Definition, ("appId", "app_1"), ("apiKey", "s3cret-key"));

    [Fact]
    public async Task Deliver_AddsAndRemovals_GoInOneCallAndTheLastWordCounts()
    {
        var batch = PlatformTest.Batch(
            "lapsed_trial", User("c-1", DeliveryOperation.Add, " U1 "), User("c-2", DeliveryOperation.Remove, "u2"), User("c-9", DeliveryOperation.Remove, "u9"), User("c-3", DeliveryOperation.Add, "u2"));

        var report = await _platform.DeliverAsync("add-remove", batch);

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Pending>().PollAfter.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Poll_Ready_AcceptsAll() =>
        PlatformTest.ShouldAccept(await _platform.PollAsync("ready", PlatformTest.Batch("lapsed_trial", User("c-1", DeliveryOperation.Add, "u1")), "look-1"));

    [Theory]
    [InlineData("look-1", 10)]
    [InlineData("look-2", 20)]
    [InlineData("look-3", 30)]
    [InlineData("look-40", 30)]
    public async Task Poll_Processing_LooksAgainAfterAGrowingPause(string job, int seconds) =>
        (await PollAsync("""{"custom_audience":{"status":"processing","last_job_result":null}}""", job)).Outcome
            .ShouldBeOfType<DeliveryOutcome.Pending>().PollAfter.ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("""{"custom_audience":{"status":"ready","last_job_result":{"processed_count":1,"skipped_count":1,"error_count":0}}}""", RowFate.Uncertain, "some_skipped")]
    [InlineData("""{"custom_audience":{"status":"ready","last_job_result":{"processed_count":1,"skipped_count":0,"error_count":1}}}""", RowFate.Uncertain, "some_skipped")]
    [InlineData("""{"custom_audience":{"status":"ready","last_job_result":{"processed_count":0,"skipped_count":2,"error_count":0}}}""", RowFate.Rejected, "skipped")]
    public async Task Poll_IdsSkipped_AreNotTakenForAccepted(string body, RowFate fate, string code) =>
        PlatformTest.Fates(await PollAsync(body, "look-1")).ShouldBe([(fate, code), (fate, code)]);

    [Fact]
    public async Task Poll_Failed_IsTriedAgain() =>
        (await PollAsync("""{"custom_audience":{"status":"failed","last_job_result":{"processed_count":0,"skipped_count":0,"error_count":2}}}""", "look-1"))
            .Outcome.ShouldBeOfType<DeliveryOutcome.Failed>().Code.ShouldBe("job_failed");

    [Fact]
    public async Task Deliver_IdsThatThePlatformWouldSkip_AreRefusedUnsent()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(202, "{}"));

        var report = await _platform.DeliverAsync(outbound, PlatformTest.Batch(
            "lapsed_trial", User("c-1", DeliveryOperation.Add, "u\u00071"), Samples.Row("c-2", DeliveryOperation.Add, ("anonymous_id", "a2")), User("c-3", DeliveryOperation.Add, "u3")));

        outbound.Sent.Single().Text.ShouldBe("""{"add":["u3"]}""");
        report.Answers.Select(row => row?.Code).ShouldBe(["invalid_id", "wrong_identifier", null]);
    }

    [Theory]
    [InlineData(401, "UNAUTHORIZED", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "FORBIDDEN", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "FEATURE_NOT_ENABLED", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(404, "CUSTOM_AUDIENCE_NOT_FOUND", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(409, "MUTATION_IN_PROGRESS", typeof(DeliveryOutcome.Throttled))]
    [InlineData(413, "PAYLOAD_TOO_LARGE", typeof(DeliveryOutcome.Refused))]
    [InlineData(422, "VALIDATION_FAILED", typeof(DeliveryOutcome.Refused))]
    [InlineData(422, "INVALID_PAYLOAD", typeof(DeliveryOutcome.Refused))]
    [InlineData(429, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, "", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsReadByItsCode(int status, string code, Type expected)
    {
        var answer = ScriptedOutbound.Answer(status, $$"""{"error":{"messages":["no"],"code":"{{code}}"} }""");

        (await _platform.DeliverAsync(new ScriptedOutbound(answer), Two())).Outcome.ShouldBeOfType(expected);
    }

    [Theory]
    [InlineData(null, 60)]
    [InlineData("7", 7)]
    public async Task Deliver_TooManyCalls_WaitsAMinuteUnlessTold(string? hint, int seconds)
    {
        var answer = hint is null ? ScriptedOutbound.Answer(429) : ScriptedOutbound.Answer(429, null, ("Retry-After", hint));

        (await _platform.DeliverAsync(new ScriptedOutbound(answer), Two())).Outcome.ShouldBeOfType<DeliveryOutcome.Throttled>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task Resolve_NoAudience_MakesOneUnderTheDestinationsKey() => (await _platform.ResolveAsync("create")).ExternalId.ShouldBe("lapsed_loyal");

    [Fact]
    public async Task Resolve_AudienceOnALaterPage_IsFoundByItsName()
    {
        var full = string.Join(',', Enumerable.Range(0, 25).Select(number => $$"""{"vendor_id":"v{{number}}","name":"n{{number}}","identifier_type":"user_id"}"""));
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(404, """{"error":{"code":"CUSTOM_AUDIENCE_NOT_FOUND"}}"""),
            ScriptedOutbound.Answer(200, $$"""{"custom_audiences":[{{full}}]}"""),
            ScriptedOutbound.Answer(200, """{"custom_audiences":[{"vendor_id":"theirs","name":"Lapsed loyal","identifier_type":"user_id"}]}"""));

        (await _platform.ResolveAsync(outbound)).ExternalId.ShouldBe("theirs");
        outbound.Sent[^1].Url.Query.ShouldBe("?page=2");
    }

    [Fact]
    public async Task Resolve_AudienceOfTheOtherIdentifier_IsRefused() =>
        (await _platform.With(("identifierType", "anonymous_id")).ResolveAsync(new ScriptedOutbound(
            ScriptedOutbound.Answer(200, """{"custom_audience":{"vendor_id":"lapsed_loyal","identifier_type":"user_id"}}"""))))
            .Failure.ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("wrong_identifier");

    [Fact]
    public async Task Resolve_LostRace_IsFound() =>
        (await _platform.ResolveAsync(new ScriptedOutbound(
            ScriptedOutbound.Answer(404, """{"error":{"code":"CUSTOM_AUDIENCE_NOT_FOUND"}}"""),
            ScriptedOutbound.Answer(200, """{"custom_audiences":[]}"""),
            ScriptedOutbound.Answer(422, """{"error":{"code":"VALIDATION_FAILED","messages":["Vendor has already been taken"]}}"""))))
            .ExternalId.ShouldBe("lapsed_loyal");

    [Fact]
    public async Task Check_Key_ListsAudiences() => (await _platform.CheckAsync("check")).ShouldAllBe(step => step.Ok);

    [Fact]
    public async Task Check_FeatureOff_SaysSo() =>
        (await _platform.CheckAsync(new ScriptedOutbound(ScriptedOutbound.Answer(403, """{"error":{"code":"FEATURE_NOT_ENABLED","messages":["Custom audiences are not enabled"]}}"""))))[^1]
            .Detail.ShouldNotBeNull().ShouldContain("contract");

    private static DeliveryRow User(string id, DeliveryOperation operation, string user) => Samples.Row(id, operation, ("user_id", user));

    private static DeliveryBatch Two() => PlatformTest.Batch("lapsed_trial", User("c-1", DeliveryOperation.Add, "u1"), User("c-2", DeliveryOperation.Add, "u2"));

    private Task<DeliveryReport> PollAsync(string body, string job) => _platform.PollAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, body)), Two(), job);
}
