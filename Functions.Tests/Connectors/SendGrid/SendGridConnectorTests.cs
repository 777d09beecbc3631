using System.IO.Compression;
using System.Net;
using System.Text;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.SendGrid;

public sealed class SendGridConnectorTests
{
    private static readonly (string, string)[] Settings = [("apiKey", "SG.s3cret")];

    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Fact]
    public async Task Deliver_Add_UpsertsOntoTheListAndAwaitsTheJob()
    {
        var wire = WireFile.Read("sendgrid", "upsert");
        var outbound = wire.Outbound();
        var ana = Samples.Row(
            "c-1", DeliveryOperation.Add, ("email", "Ana@Example.com"), ("phone_number_id", "+353 123 456 789"), ("external_id", "c-1"), ("anonymous_id", "an-1"),
            ("first_name", "Ana"), ("city", "Oslo"), ("alternate_emails", new[] { "a@example.org" }), ("e2_T", "gold"), ("e3_N", 15.5m),
            ("e4_D", new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero)), ("e5_D", "01-24-2024"));
        ana.Fields.SetNull("e6_T");

        var outcome = await DeliverAsync(outbound, OnList(ana, Samples.Row("c-2", DeliveryOperation.Update, ("email", "zoe@example.com"))), Settings);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBe(new DeliveryOutcome.Pending("job-1", TimeSpan.FromSeconds(20)));
    }

    /// <summary>The place in <c>field</c> is another contact's; the quoted address is right.</summary>
    [Fact]
    public async Task Deliver_InvalidAddress_IsTakenOutAndTheOthersAreSentAgain()
    {
        var wire = WireFile.Read("sendgrid", "refused-rows");
        var outbound = wire.Outbound();

        var report = await new ConnectorClient(outbound, _time).DeliverAsync(
            SendGridConnector.Definition,
            Samples.Settings(Settings),
            OnList(Samples.Row("c-1", DeliveryOperation.Add, ("email", "testemail@gmail.com")), Samples.Row("c-2", DeliveryOperation.Add, ("email", "not_a_valid_email_address@gmail.com"))),
            CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Pending>().JobId.ShouldBe("job-2");
        report.Answers.Select(answer => answer?.Code).ShouldBe([null, "invalid_contact"]);
        report.Answers[1]!.Detail.ShouldNotBeNull().ShouldNotContain("gmail.com");
    }

    /// <summary>The report lies elsewhere: the key must not go there.</summary>
    [Fact]
    public async Task Poll_Errored_ReadsTheReportWithoutCredentials()
    {
        var wire = WireFile.Read("sendgrid", "report");
        var outbound = wire.Outbound();

        var outcome = await PollAsync(outbound, [.. Settings, ("onBehalfOf", "crm")]);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => (row.Fate, row.Code)).ShouldBe(
            [(RowFate.Accepted, null), (RowFate.Rejected, "import_error"), (RowFate.Accepted, null)]);
    }

    [Theory]
    [InlineData("https://api.sendgrid.com/reports/1", true)]
    [InlineData("https://api.sendgrid.com.elsewhere.example/reports/1", false)]
    public async Task Poll_Report_GetsTheKeyOnlyAtSendGrid(string url, bool withKey)
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, $$$"""{"status":"errored","results":{"errors_url":"{{{url}}}"}}"""), ScriptedOutbound.Answer(200, "email\n"));

        await PollAsync(outbound, Settings);

        outbound.Sent[1].Headers.ContainsKey("authorization").ShouldBe(withKey);
    }

    [Fact]
    public async Task Poll_CompressedReport_IsUnpacked()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes("email,error\nc@example.com,no\n"));
        }

        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, """{"status":"failed","results":{"errors_url":"https://reports.example.net/1"}}"""),
            _ => new(HttpStatusCode.OK) { Content = new ByteArrayContent(packed.ToArray()) });

        (await PollAsync(outbound, Settings)).ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Fate).ShouldBe([RowFate.Accepted, RowFate.Accepted, RowFate.Rejected]);
    }

    [Theory]
    [InlineData(200, """{"status":"pending"}""", "Pending")]
    [InlineData(200, """{"status":"completed","results":{"errored_count":0}}""", "Accepted")]
    [InlineData(200, """{"status":"errored","results":{}}""", "Uncertain")]
    [InlineData(200, """{"status":"failed"}""", "Retryable")]
    [InlineData(200, """{"status":"odd"}""", "Failed")]
    [InlineData(404, "", "Uncertain")]
    [InlineData(429, "", "Throttled")]
    [InlineData(500, "", "Failed")]
    public async Task Poll_State_DecidesTheRows(int status, string body, string expected)
    {
        var outcome = await PollAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), Settings);

        (outcome is DeliveryOutcome.Settled settled ? settled.Rows[0].Fate.ToString() : outcome.GetType().Name).ShouldBe(expected);
    }

    [Fact]
    public async Task Poll_ReportGone_LeavesRowsUncertain() =>
        (await PollAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"status":"errored","results":{"errors_url":"https://reports.example.net/1"}}"""), ScriptedOutbound.Answer(403)), Settings))
            .ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Uncertain);

    /// <summary>Trap: an exit takes contacts off one list; the call that deletes contacts is never made.</summary>
    [Fact]
    public async Task Deliver_Remove_LooksIdsUpAndTakesThemOffTheList()
    {
        var wire = WireFile.Read("sendgrid", "remove");
        var outbound = wire.Outbound();

        var outcome = await DeliverAsync(
            outbound,
            OnList(
                Samples.Row("c-1", DeliveryOperation.Remove, ("email", "bo@example.com")),
                Samples.Row("c-2", DeliveryOperation.Remove, ("email", "gone@example.com")),
                Samples.Row("c-8", DeliveryOperation.Remove, ("external_id", "c-8")),
                Samples.Row("c-9", DeliveryOperation.Remove, ("email", "known@example.com")) with { RemoteId = "id-known" }),
            [.. Settings, ("region", "eu")]);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => (row.Fate, row.RemoteId)).ShouldBe(
            [(RowFate.Accepted, "id-bo"), (RowFate.Accepted, null), (RowFate.Accepted, null), (RowFate.Accepted, "id-known")]);
    }

    [Fact]
    public async Task Deliver_UpdateOnlyWithFieldsByName_ResolvesThemAndNamesNoList()
    {
        var wire = WireFile.Read("sendgrid", "custom-fields-by-name");
        var outbound = wire.Outbound();

        await DeliverAsync(
            outbound, OnList(Samples.Row("c-1", DeliveryOperation.Update, ("email", "ana@example.com"), ("tier", "gold"), ("orders", "7"))) with { AttributesOnly = true }, Settings);

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task Deliver_UnknownCustomField_IsNamed()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"custom_fields":[]}"""));

        var outcome = await DeliverAsync(outbound, OnList(Samples.Row("c-1", DeliveryOperation.Add, ("email", "a@example.com"), ("tier", "gold"))), Settings);

        outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>().Detail.ShouldContain("tier");
    }

    [Fact]
    public async Task ResolveAudience_NoListOfTheName_CreatesIt()
    {
        var wire = WireFile.Read("sendgrid", "find-or-create");
        var outbound = wire.Outbound();

        var report = await new ConnectorClient(outbound, _time).ResolveAudienceAsync(
            SendGridConnector.Definition, Samples.Settings(Settings), Samples.Batch().Audience, CancellationToken.None);

        wire.ShouldBe(outbound.Sent);
        report.ExternalId.ShouldBe("3f64");
    }

    [Fact]
    public async Task Check_Lists_ProveTheKeysScope()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(403, """{"errors":[{"message":"access forbidden"}]}"""));

        var steps = await new ConnectorClient(outbound, _time).CheckAsync(SendGridConnector.Definition, Samples.Settings(Settings), CancellationToken.None);

        outbound.Sent.Single().Url.AbsoluteUri.ShouldBe("https://api.sendgrid.com/v3/marketing/lists?page_size=1");
        steps.Single(step => !step.Ok).Name.ShouldBe("authenticate");
    }

    [Theory]
    [InlineData(200, "{}", "Accepted")]
    [InlineData(202, "{}", "Uncertain")]
    [InlineData(400, """{"errors":[{"message":"something odd"}]}""", "Rejected")]
    [InlineData(401, "", "Unauthorized")]
    [InlineData(403, "", "Unauthorized")]
    [InlineData(404, "", "Misconfigured")]
    [InlineData(413, "", "Rejected")]
    [InlineData(429, """{"errors":[{"message":"too many requests"}]}""", "Throttled")]
    [InlineData(500, "", "Failed")]
    public async Task Deliver_Answer_IsThatOfTheTable(int status, string body, string expected)
    {
        var outcome = await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), OnList(Samples.Row("c-1", DeliveryOperation.Add, ("email", "a@example.com"))), Settings);

        (outcome is DeliveryOutcome.Settled settled ? settled.Rows[0].Fate.ToString() : outcome.GetType().Name).ShouldBe(expected);
    }

    [Fact]
    public async Task Deliver_Throttled_WaitsUntilTheReset()
    {
        var reset = Samples.Now.AddSeconds(12).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);

        (await DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(429, null, ("X-RateLimit-Reset", reset))), OnList(Samples.Row("c-1", DeliveryOperation.Add, ("email", "a@example.com"))), Settings))
            .ShouldBe(new DeliveryOutcome.Throttled(TimeSpan.FromSeconds(12), "http_429"));
    }

    private static DeliveryBatch OnList(params DeliveryRow[] rows)
    {
        var batch = Samples.Batch(rows);
        return batch with { Audience = batch.Audience with { ExternalId = "3f64" } };
    }

    private async Task<DeliveryOutcome> PollAsync(IOutbound outbound, (string, string)[] settings)
    {
        var batch = OnList(
            Samples.Row("c-1", DeliveryOperation.Add, ("email", "a@example.com")),
            Samples.Row("c-2", DeliveryOperation.Add, ("email", "b@example.com")),
            Samples.Row("c-3", DeliveryOperation.Add, ("email", "c@example.com")));
        return (await new ConnectorClient(outbound, _time).PollAsync(SendGridConnector.Definition, Samples.Settings(settings), batch, "job-1", CancellationToken.None)).Outcome;
    }

    private async Task<DeliveryOutcome> DeliverAsync(IOutbound outbound, DeliveryBatch batch, params (string, string)[] settings) =>
        (await new ConnectorClient(outbound, _time).DeliverAsync(SendGridConnector.Definition, Samples.Settings(settings), batch, CancellationToken.None)).Outcome;
}
