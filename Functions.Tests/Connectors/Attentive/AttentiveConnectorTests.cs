using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Attentive;

public sealed class AttentiveConnectorTests
{
    private readonly PlatformTest _platform = new(AttentiveConnector.Definition, ("apiKey", "s3cret-key"));

    [Fact]
    public async Task Deliver_Adds_SetAttributesThenStartAJob()
    {
        var ana = Samples.Row(
            "c-1", DeliveryOperation.Add, ("phone", "0014155550100"), ("clientUserId", "cu-1"), ("firstName", "Ana"), ("orders", 3), ("vip", true), ("tags", new[] { "a", "b" }));
        ana.Fields["since"] = Cell.Of(new DateOnly(2026, 1, 5));
        ana.Fields.SetNull("tier");
        ana.Fields.SetNull("lastName");

        var report = await _platform.DeliverAsync("add", PlatformTest.Batch("aud-7", ana, Samples.Row("c-2", DeliveryOperation.Add, ("phone", "+44 7700 900123"))));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Pending>().JobId.ShouldBe("550e8400-e29b-41d4-a716-446655440000");
    }

    [Fact]
    public async Task Deliver_Removal_TakesOffTheSegmentAndNothingElse()
    {
        var report = await _platform.DeliverAsync("remove", PlatformTest.Batch("aud-7", Samples.Row("c-1", DeliveryOperation.Remove, ("email", " Ana@Example.com "))));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Pending>();
        report.Exchanges.ShouldAllBe(exchange => !exchange.Url.Contains("subscriptions", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deliver_UpdateOnly_SetsAttributesAndPutsNobodyOnTheSegment()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(202, """{"batchJobId":"j"}"""));
        var batch = PlatformTest.Batch("aud-7", Samples.Row("c-1", DeliveryOperation.Update, ("phone", "+14155550100"), ("orders", 3))) with { AttributesOnly = true };

        PlatformTest.ShouldAccept(await _platform.DeliverAsync(outbound, batch));

        outbound.Sent.Single().Url.AbsolutePath.ShouldBe("/v2/bulk/user/attributes");
    }

    [Fact]
    public async Task Deliver_ManyAttributes_GoIn256s()
    {
        var outbound = new ScriptedOutbound(Enumerable.Repeat(ScriptedOutbound.Answer(202, """{"batchJobId":"j"}"""), 3));

        await _platform.DeliverAsync(outbound, PlatformTest.Batch(
            "aud-7", [.. Enumerable.Range(0, 300).Select(number => Samples.Row($"c-{number}", DeliveryOperation.Add, ("email", $"m{number}@example.com"), ("orders", number)))]));

        outbound.Sent.Select(sent => (sent.Url.AbsolutePath, sent.Text.Split("@example.com").Length - 1))
            .ShouldBe([("/v2/bulk/user/attributes", 256), ("/v2/bulk/user/attributes", 44), ("/v2/bulk/segments/members", 300)]);
    }

    [Fact]
    public async Task Deliver_PhoneThatIsNone_IsRefusedAloneAndUnsent()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(202, "{}"));

        var report = await _platform.DeliverAsync(outbound, PlatformTest.Batch(
            "aud-7", Samples.Row("c-1", DeliveryOperation.Add, ("phone", "12")), Samples.Row("c-2", DeliveryOperation.Add, ("phone", "+14155550100"))));

        outbound.Sent.Single().Text.ShouldBe("""{"externalId":"aud-7","members":[{"phone":"+14155550100"}]}""");
        PlatformTest.Fates(report).ShouldBe([(RowFate.Rejected, "invalid_phone"), (RowFate.Accepted, null)]);
    }

    [Fact]
    public async Task Poll_Completed_ReadsTheReportWithoutTheKey()
    {
        var report = await _platform.PollAsync("job", PlatformTest.Batch(
            "aud-7", Phone("c-1", "+14155550100"), Phone("c-2", "+447700900123"), Phone("c-3", "+14155550199")), "job-1");

        PlatformTest.Fates(report).ShouldBe([(RowFate.Accepted, null), (RowFate.Rejected, "http_400"), (RowFate.Retryable, "http_503")], ignoreOrder: false);
    }

    [Theory]
    [InlineData("""{"status":"PENDING"}""", typeof(DeliveryOutcome.Pending))]
    [InlineData("""{"status":"IN_PROGRESS"}""", typeof(DeliveryOutcome.Pending))]
    [InlineData("""{"status":"FAILED"}""", typeof(DeliveryOutcome.Failed))]
    [InlineData("""{"status":"COMPLETED"}""", typeof(DeliveryOutcome.Settled))]
    public async Task Poll_Status_DecidesWhatIsNext(string body, Type expected) =>
        (await _platform.PollAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, body)), PlatformTest.Batch("aud-7", Phone("c-1", "+14155550100")), "job-1"))
            .Outcome.ShouldBeOfType(expected);

    [Fact]
    public async Task Poll_JobForgotten_LeavesTheRowsUncertain() =>
        PlatformTest.Fates(await _platform.PollAsync(new ScriptedOutbound(ScriptedOutbound.Answer(404)), PlatformTest.Batch("aud-7", Phone("c-1", "+14155550100")), "job-1"))
            .ShouldBe([(RowFate.Uncertain, "job_unknown")]);

    [Theory]
    [InlineData("""{"email":"ANA@example.com","result":"FAILED","error":"unknown user"}""", RowFate.Rejected, "failed")]
    [InlineData("""{"member":{"email":"ana@example.com"},"errors":[{"message":"no"}]}""", RowFate.Rejected, "rejected")]
    [InlineData("""{"success":false,"message":"no"}""", RowFate.Rejected, "rejected")]
    [InlineData("""{"email":"ana@example.com","status":"COMPLETED","errors":[]}""", RowFate.Accepted, null)]
    [InlineData("""{"email":"somebody.else@example.com","statusCode":"429"}""", RowFate.Retryable, "http_429")]
    [InlineData("no json", RowFate.Accepted, null)]
    public async Task Poll_Report_IsReadWhateverItsForm(string line, RowFate fate, string? code)
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"status":"COMPLETED","url":"https://reports.example/1"}"""), ScriptedOutbound.Answer(200, line));

        var report = await _platform.PollAsync(outbound, PlatformTest.Batch("aud-7", Samples.Row("c-1", DeliveryOperation.Add, ("email", "ana@example.com"))), "job-1");

        PlatformTest.Fates(report).ShouldBe([(fate, code)]);
    }

    [Fact]
    public async Task Deliver_Events_GoOneByOne()
    {
        var batch = PlatformTest.Batch(
            "aud-7", Samples.Row("c-1", DeliveryOperation.Add, ("email", "ana@example.com"), ("clientUserId", "cu-1"), ("orders", 3)),
            Samples.Row("c-9", DeliveryOperation.Remove, ("email", "bo@example.com"))) with
        {
            Form = DeliveryForm.Events,
        };

        var platform = _platform;
        var wire = WireFile.Read("attentive", "event");
        var outbound = wire.Outbound();
        var report = await platform.DeliverAsync(outbound, batch);

        wire.ShouldBe([.. outbound.Sent.OrderByDescending(sent => sent.Text.Contains("Entered", StringComparison.Ordinal))]);
        PlatformTest.Fates(report).ShouldBe([(RowFate.Accepted, null), (RowFate.Rejected, "http_400")]);
    }

    [Fact]
    public async Task Resolve_SegmentOfThatName_IsFoundByTheWholeName() => (await _platform.ResolveAsync("find-by-name")).ExternalId.ShouldBe("aud-7");

    [Fact]
    public async Task Resolve_NoSegment_MakesOneUnderTheDestinationsId() => (await _platform.ResolveAsync("create")).ExternalId.ShouldBe("dst_1");

    [Fact]
    public async Task Check_Key_AsksWhoItIs() => (await _platform.CheckAsync("me")).ShouldAllBe(step => step.Ok);

    [Theory]
    [InlineData(400, typeof(DeliveryOutcome.Settled))]
    [InlineData(401, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(429, typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsThatOfTheTable(int status, Type expected) =>
        (await _platform.DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, """{"message":"no"}""")), PlatformTest.Batch("aud-7", Phone("c-1", "+14155550100"))))
            .Outcome.ShouldBeOfType(expected);

    [Theory]
    [InlineData("", "phone")]
    [InlineData("", "email", "clientUserId", "tier")]
    [InlineData("ambiguous_identifier", "phone", "email")]
    [InlineData("missing_identifier", "clientUserId")]
    [InlineData("invalid_name", "phone", "it's")]
    public void Check_Mapping_WantsPhoneOrEmail(string expected, params string[] targets) =>
        string.Join(',', AttentiveConnector.Definition.Fields.Check(targets).Select(fault => fault.Code)).ShouldBe(expected);

    private static DeliveryRow Phone(string id, string phone) => Samples.Row(id, DeliveryOperation.Add, ("phone", phone));
}
