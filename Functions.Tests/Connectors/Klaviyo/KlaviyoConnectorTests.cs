using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Klaviyo;

public sealed class KlaviyoConnectorTests
{
    private static readonly (string, string)[] Settings = [("apiKey", "s3cret-pk")];

    private static readonly (string, string)[] App = [("clientId", "client-1"), ("clientSecret", "s3cret-client"), ("refreshToken", "s3cret-refresh")];

    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Fact]
    public async Task Deliver_Add_ImportsOntoTheListAndAwaitsTheJob()
    {
        var wire = WireFile.Read("klaviyo", "import");
        var outbound = wire.Outbound();
        var ana = Samples.Row(
            "c-1", DeliveryOperation.Add, ("email", " Ana@Example.com"), ("external_id", "c-1"), ("phone_number", "+47 123 45 678"), ("first_name", "Ana"),
            ("location.city", "Oslo"), ("location.country", "NO"), ("tier", "gold"), ("orders", 3), ("vip", true), ("tags", new[] { "a", "b" }),
            ("since", new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero)));
        ana.Fields.SetNull("last_name");

        var outcome = await DeliverAsync(outbound, OnList(ana, Samples.Row("c-2", DeliveryOperation.Update, ("email", "zoe@example.com"))), Settings);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBe(new DeliveryOutcome.Pending("job-1", TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Deliver_RefusedImport_IsSentAgainWithoutTheRecordNamed()
    {
        var wire = WireFile.Read("klaviyo", "refused-rows");
        var outbound = wire.Outbound();

        var report = await new ConnectorClient(outbound, _time).DeliverAsync(
            KlaviyoConnector.Definition,
            Samples.Settings(Settings),
            OnList(Samples.Row("c-1", DeliveryOperation.Add, ("email", "gk@gmail")), Samples.Row("c-2", DeliveryOperation.Add, ("email", "ok@gmail.com"))),
            CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Pending>().JobId.ShouldBe("job-2");
        report.Answers[0].ShouldBe(new(RowFate.Rejected, "invalid", "Invalid email address"));
        report.Answers[1].ShouldBeNull();
    }

    [Fact]
    public async Task Deliver_ListGone_IsNobodysFault() =>
        (await DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(400, """{"errors":[{"code":"invalid","detail":"The list does not exist.","source":{"pointer":"/data/relationships/lists/data/0/id"}}]}""")),
            OnList(Samples.Row("c-1", DeliveryOperation.Add, ("email", "a@example.com")), Samples.Row("c-2", DeliveryOperation.Add, ("email", "b@example.com"))),
            Settings)).ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("list_gone");

    [Fact]
    public async Task Poll_FailedProfiles_AreReadFromTheErrorsPageByPage()
    {
        var wire = WireFile.Read("klaviyo", "job-errors");
        var outbound = wire.Outbound();

        var outcome = await PollAsync(outbound);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => (row.Fate, row.Code)).ShouldBe(
            [(RowFate.Accepted, null), (RowFate.Rejected, "invalid"), (RowFate.Rejected, "duplicate_profile"), (RowFate.Accepted, null)]);
    }

    [Theory]
    [InlineData(200, """{"data":{"attributes":{"status":"queued"}}}""", "Pending")]
    [InlineData(200, """{"data":{"attributes":{"status":"processing","failed_count":1}}}""", "Pending")]
    [InlineData(200, """{"data":{"attributes":{"status":"complete","failed_count":0}}}""", "Accepted")]
    [InlineData(200, """{"data":{"attributes":{"status":"cancelled"}}}""", "Retryable")]
    [InlineData(404, "", "Uncertain")]
    [InlineData(429, "", "Throttled")]
    [InlineData(500, "", "Failed")]
    public async Task Poll_State_DecidesTheRows(int status, string body, string expected)
    {
        var outcome = await PollAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)));

        (outcome is DeliveryOutcome.Settled settled ? settled.Rows[0].Fate.ToString() : outcome.GetType().Name).ShouldBe(expected);
    }

    [Fact]
    public async Task Poll_MoreFailuresThanNamed_LeavesTheRestUncertain()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, """{"data":{"attributes":{"status":"complete","failed_count":2}}}"""),
            ScriptedOutbound.Answer(200, """{"data":[{"attributes":{"code":"invalid","source":{"pointer":"/data/attributes/profiles/data/0/attributes/email"}}}]}"""));

        (await PollAsync(outbound)).ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Fate)
            .ShouldBe([RowFate.Rejected, RowFate.Uncertain, RowFate.Uncertain, RowFate.Uncertain]);
    }

    /// <summary>Trap: an exit is a list relationship that ends. No subscription job is ever called, no profile deleted. Who is unknown is off the list.</summary>
    [Fact]
    public async Task Deliver_Remove_LooksIdsUpAndTakesThemOffTheList()
    {
        var wire = WireFile.Read("klaviyo", "remove");
        var outbound = wire.Outbound();

        var outcome = await DeliverAsync(
            outbound,
            OnList(
                Samples.Row("c-1", DeliveryOperation.Remove, ("email", "bo@example.com"), ("external_id", "c-1")),
                Samples.Row("c-2", DeliveryOperation.Remove, ("email", "gone@example.com")),
                Samples.Row("c-8", DeliveryOperation.Remove, ("external_id", "c-8")),
                Samples.Row("c-9", DeliveryOperation.Remove, ("email", "known@example.com")) with { RemoteId = "01KNOWN" }),
            App);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => (row.Fate, row.RemoteId)).ShouldBe(
            [(RowFate.Accepted, "01BO"), (RowFate.Accepted, null), (RowFate.Accepted, "01EIGHT"), (RowFate.Accepted, "01KNOWN")]);
    }

    [Fact]
    public async Task Deliver_Remove_PagesOfALookUpAreFollowed()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, """{"data":[{"id":"01A","attributes":{"email":"a@example.com"}}],"links":{"next":"https://a.klaviyo.com/api/profiles?page%5Bcursor%5D=two"}}"""),
            ScriptedOutbound.Answer(200, """{"data":[{"id":"01B","attributes":{"email":"b@example.com"}}],"links":{"next":null}}"""),
            ScriptedOutbound.Answer(204));

        await DeliverAsync(
            outbound, OnList(Samples.Row("c-1", DeliveryOperation.Remove, ("email", "a@example.com")), Samples.Row("c-2", DeliveryOperation.Remove, ("email", "b@example.com"))), Settings);

        outbound.Sent[1].Url.Query.ShouldEndWith("&page[cursor]=two");
        outbound.Sent[2].Text.ShouldBe("""{"data":[{"type":"profile","id":"01A"},{"type":"profile","id":"01B"}]}""");
    }

    [Fact]
    public async Task Deliver_Events_NameMetricProfileAndOperation()
    {
        var wire = WireFile.Read("klaviyo", "events");
        var outbound = wire.Outbound();

        var outcome = await DeliverAsync(
            outbound,
            Samples.Batch(Samples.Row("c-1", DeliveryOperation.Add, ("email", "ana@example.com"), ("tier", "gold"))) with { Form = DeliveryForm.Events },
            Settings);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldBe([RowOutcome.Accepted]);
    }

    [Fact]
    public async Task Deliver_RefusedEvents_AreSentAgainWithoutTheOneNamed()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(400, """{"errors":[{"code":"invalid","detail":"Invalid input","source":{"pointer":"/data/attributes/events-bulk-create/data/0/attributes/email"}}]}"""),
            ScriptedOutbound.Answer(202));

        var outcome = await DeliverAsync(
            outbound,
            Samples.Batch(Samples.Row("c-1", DeliveryOperation.Add, ("email", "gk@gmail.com")), Samples.Row("c-2", DeliveryOperation.Add, ("external_id", "Xi1234"))) with { Form = DeliveryForm.Events },
            Settings);

        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Fate).ShouldBe([RowFate.Rejected, RowFate.Accepted]);
        outbound.Sent[1].Text.ShouldNotContain("gk@gmail.com");
    }

    [Fact]
    public async Task ResolveAudience_NoListOfTheName_CreatesIt()
    {
        var wire = WireFile.Read("klaviyo", "find-or-create");
        var outbound = wire.Outbound();

        var report = await ResolveAsync(outbound, "Lapsed loyal");

        wire.ShouldBe(outbound.Sent);
        report.ExternalId.ShouldBe("ABC123");
    }

    [Fact]
    public async Task ResolveAudience_NameWithQuotes_IsEscapedInTheFilter()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"data":[{"id":"Q1","attributes":{"name":"The \"best\""}}]}"""));

        (await ResolveAsync(outbound, "The \"best\"")).ExternalId.ShouldBe("Q1");
        Uri.UnescapeDataString(outbound.Sent[0].Url.Query).ShouldBe("""?filter=equals(name,"The \"best\"")""");
    }

    [Fact]
    public async Task Deliver_UpdateOnly_ImportsWithoutAList()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(202, """{"data":{"id":"job-1"}}"""));

        await DeliverAsync(outbound, Samples.Batch(Samples.Row("c-1", DeliveryOperation.Update, ("email", "a@example.com"), ("tier", "gold"))) with { AttributesOnly = true }, Settings);

        outbound.Sent.Single().Text.ShouldBe(
            """{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[{"type":"profile","attributes":{"email":"a@example.com","properties":{"tier":"gold"}}}]}}}}""");
    }

    [Fact]
    public async Task Deliver_MemberWithoutEmail_IsRefusedUnsent() =>
        (await DeliverAsync(new ScriptedOutbound(), OnList(Samples.Row("c-1", DeliveryOperation.Add, ("external_id", "c-1"))), Settings))
            .ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Single().Code.ShouldBe("missing_field");

    [Theory]
    [InlineData(401, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(405, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(409, "", typeof(DeliveryOutcome.Settled))]
    [InlineData(410, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(413, "", typeof(DeliveryOutcome.Settled))]
    [InlineData(429, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(503, "", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsThatOfTheTable(int status, string body, Type expected) =>
        (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), OnList(Samples.Row("c-1", DeliveryOperation.Add, ("email", "a@example.com"))), Settings))
            .ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_Throttled_WaitsAsTold() =>
        (await DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(429, null, ("Retry-After", "37"))), OnList(Samples.Row("c-1", DeliveryOperation.Add, ("email", "a@example.com"))), Settings))
            .ShouldBe(new DeliveryOutcome.Throttled(TimeSpan.FromSeconds(37), "http_429"));

    [Theory]
    [InlineData(404, """{"errors":[{"detail":"A list with id ABC123 does not exist."}]}""", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(404, """{"errors":[{"detail":"Profile does not exist."}]}""", typeof(DeliveryOutcome.Settled))]
    public async Task Deliver_RemovalRefused_TellsListFromProfile(int status, string body, Type expected) =>
        (await DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), OnList(Samples.Row("c-1", DeliveryOperation.Remove, ("email", "a@example.com")) with { RemoteId = "01A" }), Settings))
            .ShouldBeOfType(expected);

    [Fact]
    public async Task Check_Accounts_ProveTheKey()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, "{}"));

        var steps = await new ConnectorClient(outbound, _time).CheckAsync(KlaviyoConnector.Definition, Samples.Settings(Settings), CancellationToken.None);

        outbound.Sent.Single().Url.AbsoluteUri.ShouldBe("https://a.klaviyo.com/api/accounts");
        steps.ShouldAllBe(step => step.Ok);
    }

    [Theory]
    [InlineData("/secrets required")]
    [InlineData("/secrets ambiguous", "apiKey", "clientId")]
    [InlineData("/secrets/clientSecret required,/secrets/refreshToken required", "clientId")]
    [InlineData("", "apiKey")]
    [InlineData("", "clientId", "clientSecret", "refreshToken")]
    public void Check_Settings_AskForOneWayToAuthenticate(string expected, params string[] given) => string.Join(
        ',',
        SettingRules.Check(KlaviyoConnector.Definition, Samples.Settings([.. Settings.Concat(App).Where(setting => given.Contains(setting.Item1))]))
            .Select(fault => $"{fault.Pointer} {fault.Code}")).ShouldBe(expected);

    private static DeliveryBatch OnList(params DeliveryRow[] rows)
    {
        var batch = Samples.Batch(rows);
        return batch with { Audience = batch.Audience with { ExternalId = "ABC123" } };
    }

    private async Task<DeliveryOutcome> PollAsync(IOutbound outbound)
    {
        var batch = OnList(
            Samples.Row("c-1", DeliveryOperation.Add, ("email", "a@example.com")),
            Samples.Row("c-2", DeliveryOperation.Add, ("email", "b@example.com"), ("phone_number", "+1")),
            Samples.Row("c-3", DeliveryOperation.Add, ("email", "c@example.com")),
            Samples.Row("c-4", DeliveryOperation.Add, ("email", "d@example.com")));
        return (await new ConnectorClient(outbound, _time).PollAsync(KlaviyoConnector.Definition, Samples.Settings(Settings), batch, "job-1", CancellationToken.None)).Outcome;
    }

    private Task<AudienceReport> ResolveAsync(IOutbound outbound, string name) => new ConnectorClient(outbound, _time).ResolveAudienceAsync(
        KlaviyoConnector.Definition, Samples.Settings(Settings), Samples.Batch().Audience with { Name = name }, CancellationToken.None);

    private async Task<DeliveryOutcome> DeliverAsync(IOutbound outbound, DeliveryBatch batch, params (string, string)[] settings) =>
        (await new ConnectorClient(outbound, _time).DeliverAsync(KlaviyoConnector.Definition, Samples.Settings(settings), batch, CancellationToken.None)).Outcome;
}
