using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Dotdigital;

public sealed class DotdigitalConnectorTests
{
    private readonly PlatformTest _platform = new(
        DotdigitalConnector.Definition, ("region", "r2"), ("userName", "apiuser-1@apiconnector.com"), ("password", "s3cret-password"));

    [Fact]
    public async Task Deliver_Adds_ImportContactsIntoTheList()
    {
        var ana = Samples.Row(
            "c-1", DeliveryOperation.Add, ("email", " Ana@Example.com "), ("mobileNumber", "+44 7700 900123"), ("FIRSTNAME", "Ana"), ("ORDERS", 3), ("VIP", true), ("TAGS", new[] { "a", "b" }),
            ("SINCE", new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero)));
        ana.Fields.SetNull("CITY");

        var report = await _platform.With(("optInType", "single")).DeliverAsync("import", PlatformTest.Batch("4411", ana, Samples.Row("c-2", DeliveryOperation.Add, ("mobileNumber", "+1 (415) 555-0100"))));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Pending>().JobId.ShouldBe("import/0af4bb2c-1b0d-4b0e-8a5c-3a5e1c2d3e4f");
    }

    [Fact]
    public async Task Deliver_Import_SubscribesNobodyAgain()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(202, """{"importId":"1"}"""));

        await _platform.DeliverAsync(outbound, PlatformTest.Batch("4411", Email("c-1", DeliveryOperation.Add, "ana@example.com")));

        outbound.Sent[0].Text.ShouldBe("""{"mergeOption":"overwrite","contacts":[{"matchIdentifier":"email","identifiers":{"email":"ana@example.com"},"lists":[4411]}]}""");
    }

    [Fact]
    public async Task Deliver_ListIsNoNumber_ImportsNobody()
    {
        var outbound = new ScriptedOutbound();

        PlatformTest.Fates(await _platform.DeliverAsync(outbound, PlatformTest.Batch("invalid-id", Email("c-1", DeliveryOperation.Add, "ana@example.com")))).ShouldBe([(RowFate.Rejected, "invalid_list")]);
    }

    [Fact]
    public async Task Poll_FinishedImport_ReadsFailuresAndRemembersIds()
    {
        var report = await _platform.PollAsync("import-status", PlatformTest.Batch(
            "4411", Email("c-1", DeliveryOperation.Add, "ana@example.com"), Samples.Row("c-2", DeliveryOperation.Add, ("mobileNumber", "14155550100")), Email("c-3", DeliveryOperation.Add, "bo@example.com")),
            "import/0af4bb2c");

        PlatformTest.Fates(report).ShouldBe([(RowFate.Accepted, null), (RowFate.Accepted, null), (RowFate.Rejected, "GloballySuppressed")]);
        ((DeliveryOutcome.Settled)report.Outcome).Rows.Select(row => row.RemoteId).ShouldBe(["101", "102", null]);
    }

    [Theory]
    [InlineData("import/1", "NotFinished", typeof(DeliveryOutcome.Pending))]
    [InlineData("import/1", "Failed", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData("import/1", "RejectedByWatchdog", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData("import/1", "ExceedsAllowedContactLimit", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData("deletion/1", "Started", typeof(DeliveryOutcome.Pending))]
    [InlineData("deletion/1", "Failed", typeof(DeliveryOutcome.Failed))]
    public async Task Poll_Status_DecidesWhatIsNext(string job, string status, Type expected) =>
        (await _platform.PollAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(200, $$"""{"status":"{{status}}"}""")), PlatformTest.Batch("4411", Email("c-1", DeliveryOperation.Add, "ana@example.com")), job)).Outcome.ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_OneRemoval_LooksTheContactUpAndTakesItOffTheListOnly()
    {
        var report = await _platform.DeliverAsync("leave-one", PlatformTest.Batch("4411", Email("c-1", DeliveryOperation.Remove, "ana@example.com")));

        PlatformTest.ShouldAccept(report);
        report.Exchanges.Where(exchange => exchange.Method is "DELETE").ShouldAllBe(exchange => exchange.Url.Contains("/v2/address-books/4411/contacts/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deliver_SeveralRemovals_AreOneJobByTheIdsRemembered() =>
        (await _platform.DeliverAsync("leave-many", PlatformTest.Batch(
            "4411", Email("c-1", DeliveryOperation.Remove, "ana@example.com") with { RemoteId = "101" }, Email("c-2", DeliveryOperation.Remove, "bo@example.com") with { RemoteId = "102" })))
            .Outcome.ShouldBeOfType<DeliveryOutcome.Pending>().JobId.ShouldBe("deletion/del-1");

    [Fact]
    public async Task Poll_CompletedRemoval_AcceptsAll() =>
        PlatformTest.ShouldAccept(await _platform.PollAsync("leave-status", PlatformTest.Batch("4411", Email("c-1", DeliveryOperation.Remove, "ana@example.com")), "deletion/del-1"));

    [Theory]
    [InlineData(404, """{"errorCode":"contacts:contactNotFound"}""")]
    public async Task Deliver_RemovalOfSomebodyUnknown_IsDone(int status, string body) =>
        PlatformTest.ShouldAccept(await _platform.DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), PlatformTest.Batch("4411", Email("c-1", DeliveryOperation.Remove, "ana@example.com"))));

    [Fact]
    public async Task Deliver_RemovalOfAContactWhoIsGone_IsDone() =>
        PlatformTest.ShouldAccept(await _platform.DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(404, """{"message":"Error: ERROR_CONTACT_NOT_FOUND"}""")),
            PlatformTest.Batch("4411", Email("c-1", DeliveryOperation.Remove, "ana@example.com") with { RemoteId = "101" })));

    [Fact]
    public async Task Deliver_ListIsGone_BlamesNoRow() =>
        (await _platform.DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(404, """{"message":"Error: ERROR_ADDRESSBOOK_NOT_FOUND"}""")),
            PlatformTest.Batch("4411", Email("c-1", DeliveryOperation.Remove, "ana@example.com") with { RemoteId = "101" }))).Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>();

    [Fact]
    public async Task Deliver_Events_GoInOneCall() =>
        PlatformTest.ShouldAccept(await _platform.DeliverAsync("events", PlatformTest.Batch(
            "4411", Samples.Row("c-1", DeliveryOperation.Add, ("email", "ana@example.com"), ("ORDERS", 3)), Samples.Row("c-9", DeliveryOperation.Remove, ("mobileNumber", "+14155550100"))) with
        {
            Form = DeliveryForm.Events,
        }));

    [Theory]
    [InlineData(400, """{"errorCode":"contacts:badJson","description":"bad"}""", typeof(DeliveryOutcome.Settled))]
    [InlineData(400, """{"message":"Too many calls ERROR_APIUSAGE_EXCEEDED"}""", typeof(DeliveryOutcome.Throttled))]
    [InlineData(400, """{"message":"Busy ERROR_ADDRESSBOOK_IN_USE"}""", typeof(DeliveryOutcome.Failed))]
    [InlineData(401, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(429, """{"errorCode":"contacts:tooManyActiveImports"}""", typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, "", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsReadByItsCode(int status, string body, Type expected) =>
        (await _platform.DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), PlatformTest.Batch("4411", Email("c-1", DeliveryOperation.Add, "ana@example.com")))).Outcome.ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_Throttled_WaitsForTheMomentOfTheReset()
    {
        var reset = Samples.Now.AddSeconds(42).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);

        (await _platform.DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(429, null, ("X-RateLimit-Reset", reset))), PlatformTest.Batch("4411", Email("c-1", DeliveryOperation.Add, "ana@example.com"))))
            .Outcome.ShouldBeOfType<DeliveryOutcome.Throttled>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(42));
    }

    [Fact]
    public async Task Resolve_NoList_ReadsToAnEmptyPageAndMakesIt() => (await _platform.ResolveAsync("create-list")).ExternalId.ShouldBe("4411");

    [Fact]
    public async Task Resolve_NameTakenInTheMeantime_IsLookedUpAgain() =>
        (await _platform.ResolveAsync(new ScriptedOutbound(
            ScriptedOutbound.Answer(200, "[]"),
            ScriptedOutbound.Answer(400, """{"message":"Error: ERROR_ADDRESSBOOK_DUPLICATE"}"""),
            ScriptedOutbound.Answer(200, """[{"id":4411,"name":"Lapsed loyal"}]""")))).ExternalId.ShouldBe("4411");

    [Fact]
    public async Task Check_Account_IsRead() => (await _platform.CheckAsync("check")).ShouldAllBe(step => step.Ok);

    [Theory]
    [InlineData("", "email", "FIRSTNAME")]
    [InlineData("invalid_name", "email", "A_FIELD_WITH_A_LONG_NAME")]
    [InlineData("missing_identifier", "FIRSTNAME")]
    public void Check_Mapping_KnowsTheNamesOfDataFields(string expected, params string[] targets) =>
        string.Join(',', DotdigitalConnector.Definition.Fields.Check(targets).Select(fault => fault.Code)).ShouldBe(expected);

    private static DeliveryRow Email(string id, DeliveryOperation operation, string email) => Samples.Row(id, operation, ("email", email));
}
