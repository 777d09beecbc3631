using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Mailchimp;

public sealed class MailchimpConnectorTests
{
    private const string Created = """{"new_members":[],"updated_members":[],"errors":[]}""";

    private static readonly (string, string)[] Settings = [("apiKey", "s3cret-us19"), ("listId", "a1b2c3")];

    private readonly ManualTimeProvider _time = new(Samples.Now);

    /// <summary>Trap: contacts who exist are updated without a status, so that nobody who unsubscribed is subscribed again.</summary>
    [Fact]
    public async Task Deliver_Segment_CreatesContactsUpdatesThoseThereAndChangesTheSegment()
    {
        var wire = WireFile.Read("mailchimp", "segment");
        var outbound = wire.Outbound();
        var ana = Samples.Row(
            "c-1", DeliveryOperation.Add, ("email_address", "Ana@Example.org"), ("FNAME", "Ana"), ("ORDERS", 3), ("VIP", true),
            ("ADDRESS.addr1", "1 Way"), ("ADDRESS.city", "Oslo"), ("ADDRESS.state", "-"), ("ADDRESS.zip", "0150"), ("SHIP.city", "Bergen"));
        ana.Fields.SetNull("NOTE");

        var outcome = await DeliverAsync(
            outbound,
            OnSegment(
                ana,
                Samples.Row("c-2", DeliveryOperation.Add, ("email_address", "zoe@example.org"), ("FNAME", "Zoe")),
                Samples.Row("c-3", DeliveryOperation.Add, ("email_address", "fake@example.org")),
                Samples.Row("c-4", DeliveryOperation.Add, ("email_address", "eva@example.org")),
                Samples.Row("c-9", DeliveryOperation.Remove, ("email_address", "bo@example.org"))),
            Settings);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => (row.Fate, row.Code)).ShouldBe(
        [
            (RowFate.Accepted, null), (RowFate.Accepted, null), (RowFate.Rejected, "ERROR_GENERIC"), (RowFate.Rejected, "segment_refused"), (RowFate.Accepted, null),
        ]);
    }

    /// <summary>Trap: one tag is set inactive; others, the contact and its status stay.</summary>
    [Fact]
    public async Task Deliver_Tag_ChangesOneOfEachPerson()
    {
        var wire = WireFile.Read("mailchimp", "tag");
        var outbound = wire.Outbound();

        var outcome = await DeliverAsync(
            outbound,
            Samples.Batch(Samples.Row("c-1", DeliveryOperation.Add, ("email_address", "ana@example.org")), Samples.Row("c-9", DeliveryOperation.Remove, ("email_address", "bo@example.org"))),
            ("accessToken", "s3cret-token"), ("dataCenter", "us6"), ("listId", "a1b2c3"), ("membership", "tag"), ("newStatus", "pending"));

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Accepted);
    }

    [Fact]
    public async Task Deliver_Events_AreOneCallEach()
    {
        var wire = WireFile.Read("mailchimp", "events");
        var outbound = wire.Outbound();
        var batch = Samples.Batch(
            Samples.Row("c-1", DeliveryOperation.Add, ("email_address", "ana@example.org"), ("ORDERS", 3)), Samples.Row("c-9", DeliveryOperation.Remove, ("email_address", "bo@example.org"))) with
        {
            Form = DeliveryForm.Events,
        };

        var outcome = await DeliverAsync(outbound, batch, Settings);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Code).ShouldBe([null, "not_in_audience"]);
    }

    [Fact]
    public async Task ResolveAudience_NoSegmentOfTheFullName_CreatesIt()
    {
        var wire = WireFile.Read("mailchimp", "find-or-create");
        var outbound = wire.Outbound();

        (await ResolveAsync(outbound, Settings)).ExternalId.ShouldBe("49381");

        wire.ShouldBe(outbound.Sent);
    }

    [Fact]
    public async Task ResolveAudience_LostRace_FindsTheOthers()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, """{"segments":[]}"""),
            ScriptedOutbound.Answer(400, """{"title":"Bad Request","detail":"Sorry, that tag already exists."}"""),
            ScriptedOutbound.Answer(200, """{"segments":[{"id":7,"name":"Lapsed loyal"}]}"""));

        (await ResolveAsync(outbound, Settings)).ExternalId.ShouldBe("7");
    }

    [Fact]
    public async Task ResolveAudience_Tag_NeedsNoId()
    {
        var report = await ResolveAsync(new ScriptedOutbound(), [.. Settings, ("membership", "tag")]);

        (report.ExternalId, report.Failure).ShouldBe((null, null));
    }

    [Fact]
    public async Task Check_Audience_ProvesKeyAndList()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"id":"a1b2c3"}"""));

        var steps = await new ConnectorClient(outbound, _time).CheckAsync(MailchimpConnector.Definition, Samples.Settings(Settings), CancellationToken.None);

        outbound.Sent.Single().Url.AbsoluteUri.ShouldBe("https://us19.api.mailchimp.com/3.0/lists/a1b2c3?fields=id,name");
        steps.ShouldAllBe(step => step.Ok);
    }

    [Theory]
    [InlineData(400, """{"title":"Invalid Resource","detail":"no"}""", typeof(DeliveryOutcome.Settled))]
    [InlineData(401, """{"title":"API Key Invalid"}""", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, """{"title":"Forbidden","detail":"wrong data center"}""", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "Forbidden", typeof(DeliveryOutcome.Throttled))]
    [InlineData(403, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(404, """{"title":"Resource Not Found"}""", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(429, "", typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, "", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsThatOfTheTable(int status, string body, Type expected) =>
        (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), OnSegment(Samples.Row("c-1", DeliveryOperation.Add, ("email_address", "a@example.org"))), Settings))
            .ShouldBeOfType(expected);

    [Fact]
    public async Task Deliver_SegmentGone_IsNobodysFault() =>
        (await DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(200, Created), ScriptedOutbound.Answer(404)),
            OnSegment(Samples.Row("c-1", DeliveryOperation.Add, ("email_address", "a@example.org"))),
            Settings)).ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("segment_gone");

    [Fact]
    public async Task Deliver_ChangedMember_IsUpdatedAndKeptOnTheSegment()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, "{}"), ScriptedOutbound.Answer(200, "{}"));

        await DeliverAsync(outbound, OnSegment(Samples.Row("c-1", DeliveryOperation.Update, ("email_address", "a@example.org"), ("FNAME", "Ana"))), Settings);

        outbound.Sent.Select(sent => sent.Method).ShouldBe(["PUT", "POST"]);
        outbound.Sent[1].Text.ShouldBe("""{"members_to_add":["a@example.org"],"members_to_remove":[]}""");
    }

    [Theory]
    [InlineData(200, null)]
    [InlineData(404, "not_in_audience")]
    public async Task Deliver_UpdateOnly_ChangesContactsWhoExist(int status, string? code)
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(status, "{}"));

        var outcome = await DeliverAsync(
            outbound, OnSegment(Samples.Row("c-1", DeliveryOperation.Update, ("email_address", "a@example.org"), ("FNAME", "Ana"))) with { AttributesOnly = true }, Settings);

        (outbound.Sent.Single().Method, outbound.Sent.Single().Text).ShouldBe(("PATCH", """{"merge_fields":{"FNAME":"Ana"}}"""));
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Single().Code.ShouldBe(code);
    }

    [Fact]
    public async Task Deliver_RefusedContact_HasTheTitleAsItsCode()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(400, """{"title":"Member In Compliance State","detail":"a@example.org is in a compliance state due to unsubscribe, bounce or compliance review and cannot be subscribed."}"""));

        var outcome = await DeliverAsync(outbound, OnSegment(Samples.Row("c-1", DeliveryOperation.Update, ("email_address", "a@example.org"), ("FNAME", "Ana"))), Settings);

        var row = outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Single();
        (row.Fate, row.Code).ShouldBe((RowFate.Rejected, "member_in_compliance_state"));
        row.Detail.ShouldNotBeNull().ShouldNotContain("a@example.org");
    }

    [Theory]
    [InlineData("/secrets required")]
    [InlineData("/secrets ambiguous", "apiKey", "accessToken", "dataCenter")]
    [InlineData("/settings/dataCenter required", "accessToken")]
    [InlineData("", "apiKey")]
    [InlineData("", "accessToken", "dataCenter")]
    public void Check_Settings_AskForOneWayToAuthenticate(string expected, params string[] given)
    {
        (string, string)[] all = [("apiKey", "s3cret-us19"), ("accessToken", "s3cret-token"), ("dataCenter", "us6")];

        var faults = SettingRules.Check(MailchimpConnector.Definition, Samples.Settings([("listId", "a1b2c3"), .. all.Where(setting => given.Contains(setting.Item1))]));

        string.Join(',', faults.Select(fault => $"{fault.Pointer} {fault.Code}")).ShouldBe(expected);
    }

    [Theory]
    [InlineData("FNAME", true)]
    [InlineData("ADDRESS.zip", true)]
    [InlineData("fname", false)]
    [InlineData("ELEVENCHARS", false)]
    [InlineData("ADDRESS.street", false)]
    public void Fields_MergeTags_AreChecked(string target, bool isPossible) =>
        MailchimpConnector.Definition.Fields.Check(["email_address", target]).IsEmpty.ShouldBe(isPossible);

    private static DeliveryBatch OnSegment(params DeliveryRow[] rows)
    {
        var batch = Samples.Batch(rows);
        return batch with { Audience = batch.Audience with { ExternalId = "49381" } };
    }

    private Task<AudienceReport> ResolveAsync(IOutbound outbound, (string, string)[] settings) => new ConnectorClient(outbound, _time).ResolveAudienceAsync(
        MailchimpConnector.Definition, Samples.Settings(settings), Samples.Batch().Audience, CancellationToken.None);

    private async Task<DeliveryOutcome> DeliverAsync(IOutbound outbound, DeliveryBatch batch, params (string, string)[] settings) =>
        (await new ConnectorClient(outbound, _time).DeliverAsync(MailchimpConnector.Definition, Samples.Settings(settings), batch, CancellationToken.None)).Outcome;
}
