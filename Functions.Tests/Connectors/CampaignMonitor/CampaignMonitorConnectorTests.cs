using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors.CampaignMonitor;

public sealed class CampaignMonitorConnectorTests
{
    private const string Client = "0123456789abcdef0123456789abcdef";

    private readonly PlatformTest _platform = new(CampaignMonitorConnector.Definition, ("apiKey", "s3cret-key"), ("clientId", Client));

    [Fact]
    public async Task Deliver_Import_ReadsFailedRowsInsideA400AndAddsOnlyDeletedPeopleAgain()
    {
        var ana = Samples.Row(
            "c-1", DeliveryOperation.Add, ("EmailAddress", "Ana@Example.com"), ("Name", "Ana"), ("MobileNumber", "0044 7700 900123"), ("tier", "gold"), ("interests", new[] { "a", "b" }));
        ana.Fields["[born]"] = Cell.Of(new DateOnly(1990, 5, 17));
        ana.Fields["orders"] = Cell.Of(3L);
        ana.Fields.SetNull("city");

        var report = await _platform.DeliverAsync("import", PlatformTest.Batch("list1", ana, Email("c-2", "bad@example"), Email("c-3", "gone@example.com"), Email("c-4", "unsubscribed@example.com")));

        PlatformTest.Fates(report).ShouldBe([(RowFate.Accepted, null), (RowFate.Rejected, "code_1"), (RowFate.Accepted, null), (RowFate.Rejected, "code_206")]);
    }

    [Fact]
    public async Task Deliver_DeletedPeople_StayOutWhenTheSettingSaysSo()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(400, """{"Code":210,"ResultData":{"FailureDetails":[{"EmailAddress":"GONE@example.com","Code":205,"Message":"deleted"}]}}"""));

        var report = await _platform.With(("reAddDeleted", "false")).DeliverAsync(outbound, PlatformTest.Batch("list1", Email("c-3", "gone@example.com")));

        PlatformTest.Fates(report).ShouldBe([(RowFate.Rejected, "code_205")]);
    }

    [Fact]
    public async Task Deliver_AnyCase_NeverResubscribesWhoIsNotDeleted()
    {
        foreach (var code in (int[])[204, 206, 207, 208])
        {
            var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(
                400, $"{{\"Code\":210,\"ResultData\":{{\"FailureDetails\":[{{\"EmailAddress\":\"ana@example.com\",\"Code\":{code},\"Message\":\"no\"}}]}}}}"));

            PlatformTest.Fates(await _platform.DeliverAsync(outbound, PlatformTest.Batch("list1", Email("c-1", "ana@example.com")))).ShouldBe([(RowFate.Rejected, $"code_{code}")]);
            outbound.Sent.Single().Text.ShouldContain("\"Resubscribe\":false");
        }
    }

    [Fact]
    public async Task Deliver_Removals_DeleteFromThisListAndTakeGoneForDone()
    {
        var wire = WireFile.Read("campaign-monitor", "delete");
        var outbound = wire.Outbound();

        var report = await _platform.DeliverAsync(outbound, PlatformTest.Batch(
            "list1", Samples.Row("c-1", DeliveryOperation.Remove, ("EmailAddress", "ana+crm@example.com")), Samples.Row("c-2", DeliveryOperation.Remove, ("EmailAddress", "bo@example.com"))));

        wire.ShouldBe([.. outbound.Sent.OrderBy(sent => sent.Url.Query, StringComparer.Ordinal)]);
        PlatformTest.ShouldAccept(report);
    }

    [Fact]
    public async Task Deliver_UpdateOnly_ChangesWhoIsThereAndImportsNobody() =>
        PlatformTest.ShouldAccept(await _platform.DeliverAsync(
            "update-only",
            PlatformTest.Batch("list1", Samples.Row("c-1", DeliveryOperation.Update, ("EmailAddress", "ana@example.com"), ("tier", "gold"))) with { AttributesOnly = true }));

    [Fact]
    public async Task Deliver_UpdateOnlyOfSomebodyWhoIsNotThere_IsDone() =>
        PlatformTest.ShouldAccept(await _platform.DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(400, """{"Code":203,"Message":"Subscriber not in list"}""")),
            PlatformTest.Batch("list1", Samples.Row("c-1", DeliveryOperation.Update, ("EmailAddress", "ana@example.com"), ("tier", "gold"))) with { AttributesOnly = true }));

    [Fact]
    public async Task Deliver_LongText_IsCutAt250Characters()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(201, """{"FailureDetails":[]}"""));

        await _platform.DeliverAsync(outbound, PlatformTest.Batch("list1", Samples.Row("c-1", DeliveryOperation.Add, ("EmailAddress", "ana@example.com"), ("note", new string('n', 251)))));

        outbound.Sent[0].Text.ShouldContain($"\"Value\":\"{new string('n', 250)}\"");
    }

    [Theory]
    [InlineData(400, 209, typeof(DeliveryOutcome.Settled))]
    [InlineData(400, 101, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(401, 100, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(401, 102, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(401, 121, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, 403, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, 404, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(429, 429, typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, 500, typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsReadByStatusAndCode(int status, int code, Type expected) =>
        (await _platform.DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(status, $$"""{"Code":{{code}},"Message":"no"}""")), PlatformTest.Batch("list1", Email("c-1", "ana@example.com"))))
            .Outcome.ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_Throttled_WaitsForTheSecondsOfTheReset() =>
        (await _platform.DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(429, """{"Code":429,"Message":"Rate limit exceeded"}""", ("X-RateLimit-Reset", "12"))), PlatformTest.Batch("list1", Email("c-1", "ana@example.com"))))
            .Outcome.ShouldBeOfType<DeliveryOutcome.Throttled>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(12));

    [Fact]
    public async Task Deliver_AnswerThatCannotBeRead_IsNotTakenForSuccess() =>
        PlatformTest.Fates(await _platform.DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(201, "<xml/>")), PlatformTest.Batch("list1", Email("c-1", "ana@example.com"))))
            .ShouldBe([(RowFate.Uncertain, "unreadable_answer")]);

    [Fact]
    public async Task Resolve_ListOfThatTitle_IsFound() => (await _platform.ResolveAsync("find")).ExternalId.ShouldBe("list1");

    [Fact]
    public async Task Resolve_NoList_IsMade() => (await _platform.ResolveAsync("create")).ExternalId.ShouldBe("list1");

    [Fact]
    public async Task Resolve_TitleTakenInTheMeantime_IsLookedUpAgain() =>
        (await _platform.ResolveAsync(new ScriptedOutbound(
            ScriptedOutbound.Answer(200, "[]"),
            ScriptedOutbound.Answer(400, """{"Code":250,"Message":"List title must be unique within a client"}"""),
            ScriptedOutbound.Answer(200, """[{"ListID":"list1","Name":"Lapsed loyal"}]""")))).ExternalId.ShouldBe("list1");

    [Fact]
    public async Task Check_AccountKey_ListsClients() =>
        (await new PlatformTest(CampaignMonitorConnector.Definition, ("apiKey", "s3cret-key")).CheckAsync("check")).ShouldAllBe(step => step.Ok);

    [Fact]
    public async Task Check_ClientOfSomebodyElse_IsRefused() =>
        (await _platform.CheckAsync(new ScriptedOutbound(ScriptedOutbound.Answer(401, """{"Code":102,"Message":"Invalid ClientID"}"""))))[^1].Name.ShouldBe("authenticate");

    [Fact]
    public async Task Check_RefreshToken_FetchesATokenWithItAlone() =>
        (await new PlatformTest(CampaignMonitorConnector.Definition, ("refreshToken", "s3cret-refresh")).CheckAsync("check-oauth")).ShouldAllBe(step => step.Ok);

    [Fact]
    public async Task Check_RefreshTokenRefusedInA200_IsUnauthorized() =>
        (await new PlatformTest(CampaignMonitorConnector.Definition, ("refreshToken", "s3cret-refresh")).CheckAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"error":"invalid_grant","error_description":"Specified refresh_token was invalid or expired"}"""))))[^1].Name.ShouldBe("authenticate");

    [Theory]
    [InlineData("", "apiKey", "k1")]
    [InlineData("/secrets required", "consentToTrack", "Yes")]
    [InlineData("/secrets ambiguous", "apiKey", "k1", "refreshToken", "r1")]
    [InlineData("/settings/clientId invalid_format", "apiKey", "k1", "clientId", "client")]
    public void Check_Settings_NameWhatIsWrong(string expected, params string[] pairs) =>
        new PlatformTest(CampaignMonitorConnector.Definition, [.. pairs.Chunk(2).Select(pair => (pair[0], pair[1]))]).Faults().ShouldBe(expected);

    private static DeliveryRow Email(string id, string email) => Samples.Row(id, DeliveryOperation.Add, ("EmailAddress", email));
}
