using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Iterable;

public sealed class IterableConnectorTests
{
    private static readonly (string, string)[] Settings = [("apiKey", "s3cret-key")];

    private static readonly (string, string)[] ByUserId = [.. Settings, ("projectType", "userId")];

    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Fact]
    public async Task Deliver_Add_SubscribesAndReadsTheFailuresInsideA200()
    {
        var wire = WireFile.Read("iterable", "subscribe");
        var outbound = wire.Outbound();

        var outcome = await DeliverAsync(
            outbound,
            OnList(
                Samples.Row(
                    "c-1", DeliveryOperation.Add, ("email", " Ana@Example.com"), ("userId", "not asked for"), ("firstName", "Ana"), ("orders", 3),
                    ("since", new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero))),
                Samples.Row("c-2", DeliveryOperation.Add, ("email", "bad@example")),
                Samples.Row("c-3", DeliveryOperation.Update, ("email", "zoe@example.com")),
                Samples.Row("c-4", DeliveryOperation.Add, ("email", "gone@example.com"))),
            Settings);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldBe(
            [RowOutcome.Accepted, new(RowFate.Rejected, "invalid_identifier", "Iterable refused the person."), RowOutcome.Accepted, RowOutcome.Accepted]);
    }

    /// <summary>Trap: channels are left alone, and that is said. Who is unknown is off the list.</summary>
    [Fact]
    public async Task Deliver_Remove_UnsubscribesFromTheListAlone()
    {
        var wire = WireFile.Read("iterable", "unsubscribe");
        var outbound = wire.Outbound();

        var outcome = await DeliverAsync(
            outbound,
            OnList(Samples.Row("c-9", DeliveryOperation.Remove, ("email", "bo@example.com"), ("userId", "c-9")), Samples.Row("c-8", DeliveryOperation.Remove, ("userId", "Ghost"))),
            [.. Settings, ("projectType", "hybrid"), ("dataCenter", "eu")]);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Accepted);
    }

    [Fact]
    public async Task Deliver_Events_AreDedupedByTheirIdAndRefusedByName()
    {
        var wire = WireFile.Read("iterable", "events");
        var outbound = wire.Outbound();
        var batch = Samples.Batch(
            Samples.Row("c-1", DeliveryOperation.Add, ("userId", "c-1"), ("plan", "pro")), Samples.Row("c-9", DeliveryOperation.Remove, ("userId", "c-9"))) with
        {
            Form = DeliveryForm.Events,
        };

        var outcome = await DeliverAsync(outbound, batch, ByUserId);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Code).ShouldBe([null, "disallowed_event_name"]);
    }

    [Fact]
    public async Task Deliver_FieldOfAnotherType_RefusesTheRowsThatCarryItAndSendsTheRestAgain()
    {
        var wire = WireFile.Read("iterable", "type-mismatch");
        var outbound = wire.Outbound();

        var outcome = await DeliverAsync(
            outbound,
            OnList(
                Samples.Row("c-1", DeliveryOperation.Add, ("email", "a@example.com"), ("orders", 3)),
                Samples.Row("c-2", DeliveryOperation.Add, ("email", "b@example.com"), ("orders", "many")),
                Samples.Row("c-3", DeliveryOperation.Add, ("email", "c@example.com"))),
            Settings);

        wire.ShouldBe(outbound.Sent);
        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Code).ShouldBe([null, "RequestFieldsTypesMismatched", null]);
    }

    [Fact]
    public async Task ResolveAudience_NoStaticListOfTheName_CreatesIt()
    {
        var wire = WireFile.Read("iterable", "find-or-create");
        var outbound = wire.Outbound();

        (await ResolveAsync(outbound)).ExternalId.ShouldBe("1234");

        wire.ShouldBe(outbound.Sent);
    }

    [Theory]
    [InlineData("""{"lists":[{"id":9,"name":"Lapsed loyal","listType":"Standard"}]}""")]
    [InlineData("""{"lists":[{"id":9,"name":"Lapsed loyal"},{"id":10,"name":"Lapsed loyal"}]}""")]
    public async Task ResolveAudience_StaticListOfTheName_IsFound(string lists) =>
        (await ResolveAsync(new ScriptedOutbound(ScriptedOutbound.Answer(200, lists)))).ExternalId.ShouldBe("9");

    [Theory]
    [InlineData(DeliveryOperation.Add, """{"failCount":0,"failedUpdates":{}}""", RowFate.Accepted, null)]
    [InlineData(DeliveryOperation.Add, "{}", RowFate.Accepted, null)]
    [InlineData(DeliveryOperation.Add, "", RowFate.Accepted, null)]
    [InlineData(DeliveryOperation.Add, """{"failCount":1,"failedUpdates":{"notFoundUserIds":["User_9"]}}""", RowFate.Rejected, "not_found")]
    [InlineData(DeliveryOperation.Remove, """{"failCount":1,"failedUpdates":{"notFoundUserIds":["User_9"]}}""", RowFate.Accepted, null)]
    [InlineData(DeliveryOperation.Add, """{"failCount":1,"failedUpdates":{"conflictUserIds":["User_9"]}}""", RowFate.Rejected, "conflict")]
    [InlineData(DeliveryOperation.Remove, """{"failCount":1,"failedUpdates":{"conflictUserIds":["User_9"]}}""", RowFate.Rejected, "conflict")]
    [InlineData(DeliveryOperation.Add, """{"failCount":1,"failedUpdates":{"invalidDataUserIds":["User_9"]}}""", RowFate.Rejected, "invalid_data")]
    [InlineData(DeliveryOperation.Add, """{"failCount":1,"failedUpdates":{"invalidUserIds":["user_9"]}}""", RowFate.Rejected, "invalid_identifier")]
    [InlineData(DeliveryOperation.Add, """{"failCount":1,"invalidUserIds":["User_9"]}""", RowFate.Rejected, "invalid_identifier")]
    [InlineData(DeliveryOperation.Add, """{"failCount":1,"failedUpdates":{"forgottenUserIds":["User_9"]}}""", RowFate.Accepted, null)]
    [InlineData(DeliveryOperation.Add, """{"failCount":1,"failedUpdates":{"invalidUserIds":["User_9"],"forgottenEmails":["dual@example.com"]}}""", RowFate.Accepted, null)]
    [InlineData(DeliveryOperation.Add, """{"failCount":1,"failedUpdates":{"invalidUserIds":["somebody else"]}}""", RowFate.Uncertain, "unnamed_failure")]
    [InlineData(DeliveryOperation.Add, "<html>", RowFate.Uncertain, "answer_unreadable")]
    public async Task Deliver_Answer_IsReadByIdentifier(DeliveryOperation operation, string body, RowFate fate, string? code)
    {
        var outcome = await DeliverAsync(
            new ScriptedOutbound(ScriptedOutbound.Answer(200, body)),
            OnList(Samples.Row("c-1", operation, ("email", "dual@example.com"), ("userId", "User_9"))),
            [.. Settings, ("projectType", "hybrid")]);

        var row = outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Single();
        (row.Fate, row.Code).ShouldBe((fate, code));
    }

    [Theory]
    [InlineData("email", "userId")]
    [InlineData("userId", "email")]
    public async Task Deliver_MemberWithoutTheProjectsIdentifier_IsRefusedUnsent(string projectType, string has)
    {
        var outbound = new ScriptedOutbound();

        var outcome = await DeliverAsync(outbound, OnList(Samples.Row("c-1", DeliveryOperation.Add, (has, "x@example.com"))), [.. Settings, ("projectType", projectType)]);

        outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Single().Code.ShouldBe("missing_identifier");
    }

    [Theory]
    [InlineData(" c-1")]
    [InlineData("c-1 ")]
    [InlineData("çe-1")]
    [InlineData("0123456789012345678901234567890123456789012345678901x")]
    public async Task Deliver_UserIdThatCannotBeOne_IsRefusedRatherThanChanged(string userId) =>
        (await DeliverAsync(new ScriptedOutbound(), OnList(Samples.Row("c-1", DeliveryOperation.Add, ("userId", userId))), ByUserId))
            .ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Single().Code.ShouldBe("missing_identifier");

    [Fact]
    public async Task Deliver_OnlyUsersWhoExist_SaysSo()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, "{}"));

        await DeliverAsync(outbound, OnList(Samples.Row("c-1", DeliveryOperation.Add, ("userId", "c-1"))), [.. ByUserId, ("updateExistingOnly", "true")]);

        outbound.Sent.Single().Text.ShouldBe("""{"listId":1234,"subscribers":[{"userId":"c-1"}],"updateExistingUsersOnly":true}""");
    }

    /// <summary>Trap: an update-only run puts nobody on the list.</summary>
    [Fact]
    public async Task Deliver_UpdateOnly_UpdatesUsers()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, "{}"));

        await DeliverAsync(outbound, OnList(Samples.Row("c-1", DeliveryOperation.Update, ("userId", "c-1"), ("plan", "pro"))) with { AttributesOnly = true }, ByUserId);

        outbound.Sent.Single().Url.AbsolutePath.ShouldBe("/api/users/bulkUpdate");
        outbound.Sent.Single().Text.ShouldBe("""{"users":[{"userId":"c-1","dataFields":{"plan":"pro"}}]}""");
    }

    [Theory]
    [InlineData(400, """{"msg":"error.lists.invalidListId","code":"BadParams"}""", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(401, """{"msg":"Invalid API key","code":"BadApiKey"}""", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, "", typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, "", typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(409, "", typeof(DeliveryOutcome.Failed))]
    [InlineData(429, """{"code":"RateLimitExceeded"}""", typeof(DeliveryOutcome.Throttled))]
    [InlineData(500, """{"msg":"Internal server error"}""", typeof(DeliveryOutcome.Failed))]
    public async Task Deliver_Failure_IsThatOfTheTable(int status, string body, Type expected) =>
        (await DeliverAsync(new ScriptedOutbound(ScriptedOutbound.Answer(status, body)), OnList(Samples.Row("c-1", DeliveryOperation.Add, ("email", "a@example.com"))), Settings))
            .ShouldBeOfType(expected);

    [Fact]
    public async Task Check_Lists_ProveTheKey()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200, """{"lists":[]}"""));

        var steps = await new ConnectorClient(outbound, _time).CheckAsync(IterableConnector.Definition, Samples.Settings(Settings), CancellationToken.None);

        outbound.Sent.Single().Url.AbsoluteUri.ShouldBe("https://api.iterable.com/api/lists");
        steps.ShouldAllBe(step => step.Ok);
    }

    private static DeliveryBatch OnList(params DeliveryRow[] rows)
    {
        var batch = Samples.Batch(rows);
        return batch with { Audience = batch.Audience with { ExternalId = "1234" } };
    }

    private Task<AudienceReport> ResolveAsync(IOutbound outbound) => new ConnectorClient(outbound, _time).ResolveAudienceAsync(
        IterableConnector.Definition, Samples.Settings(Settings), Samples.Batch().Audience, CancellationToken.None);

    private async Task<DeliveryOutcome> DeliverAsync(IOutbound outbound, DeliveryBatch batch, params (string, string)[] settings) =>
        (await new ConnectorClient(outbound, _time).DeliverAsync(IterableConnector.Definition, Samples.Settings(settings), batch, CancellationToken.None)).Outcome;
}
