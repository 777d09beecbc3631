using System.Collections.Immutable;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Kit;

public sealed class RowConversationTests
{
    private readonly ManualTimeProvider _time = new(Samples.Now);

    private static RowOutcome Bad { get; } = new(RowFate.Rejected, "bad");

    [Fact]
    public async Task Deliver_EachRow_SendsOneRequestARowAndKeepsEachAnswer()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(422, "no such field"), ScriptedOutbound.Answer(200));

        var report = await DeliverAsync(outbound, Rows(3), Step("send", Parts.EachRow()));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Fate)
            .ShouldBe([RowFate.Accepted, RowFate.Rejected, RowFate.Accepted]);
        outbound.Sent.Select(sent => sent.Text).ShouldBe(["send c-0", "send c-1", "send c-2"]);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(429)]
    [InlineData(404)]
    public async Task Deliver_WholeConnectionConcerned_StopsAndKeepsEarlierAnswers(int status)
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(status));

        var report = await DeliverAsync(outbound, Rows(3), Step("send", Parts.EachRow()));

        report.Outcome.ShouldNotBeOfType<DeliveryOutcome.Settled>();
        report.Answers.Select(answer => answer?.Fate).ShouldBe([RowFate.Accepted, null, null]);
        outbound.Sent.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Deliver_OnePartFails_OthersGoOnToTheLaterSteps()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(500), ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(200));

        var report = await DeliverAsync(
            outbound, Rows(3), Step("create", Parts.EachRow(), (_, _) => StepResult.Next), Step("tag"));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Failed>().Code.ShouldBe("http_500");
        report.Answers.Select(answer => answer?.Fate).ShouldBe([RowFate.Accepted, null, RowFate.Accepted]);
        outbound.Sent[^1].Text.ShouldBe("tag c-0 c-2");
    }

    [Fact]
    public async Task Deliver_ThreePartsFailInARow_TheRestIsNotTried()
    {
        var outbound = new ScriptedOutbound(Enumerable.Repeat(ScriptedOutbound.Answer(503), 3));

        var report = await DeliverAsync(outbound, Rows(9), Step("create", Parts.EachRow(), (_, _) => StepResult.Next), Step("tag"));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Failed>();
        report.Answers.ShouldAllBe(answer => answer == null);
    }

    [Fact]
    public async Task Deliver_PartRefused_IsHalvedDownToTheRowAtFault()
    {
        var outbound = new ScriptedOutbound(Enumerable.Repeat(RefuseC2, 20));

        var report = await DeliverAsync(outbound, Rows(5), Step("send", Parts.Chunks(4)));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.Fate)
            .ShouldBe([RowFate.Accepted, RowFate.Accepted, RowFate.Rejected, RowFate.Accepted, RowFate.Accepted]);

        static HttpResponseMessage RefuseC2(SentRequest sent) => ScriptedOutbound.Answer(sent.Text.Contains("c-2", StringComparison.Ordinal) ? 400 : 200)(sent);
    }

    [Fact]
    public async Task Deliver_RefusalNamesRows_TheOthersAreSentAgainAtOnce()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(400), ScriptedOutbound.Answer(200));

        var report = await DeliverAsync(outbound, Rows(3), Step("import", read: (response, batch) => response.IsSuccess
            ? DeliveryOutcome.AllAccepted(batch)
            : RowAnswers.RefusedByIndex(batch, new Dictionary<int, RowOutcome> { [1] = Bad }, "invalid", "Bad rows.")));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldBe([RowOutcome.Accepted, Bad, RowOutcome.Accepted]);
        outbound.Sent.Select(sent => sent.Text).ShouldBe(["import c-0 c-1 c-2", "import c-0 c-2"]);
    }

    [Fact]
    public async Task Deliver_RefusalNamesNobody_IsTheCallersToHalve()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(400));

        var report = await DeliverAsync(
            outbound, Rows(3), Step("import", read: (_, batch) => RowAnswers.RefusedByIndex(batch, new Dictionary<int, RowOutcome>(), "invalid", "Bad rows.")));

        report.Outcome.ShouldBe(new DeliveryOutcome.Refused("invalid", "Bad rows."));
    }

    [Fact]
    public async Task Deliver_CreateMeetsAConflict_GoesOnWithTheUpdateAndRemembersTheId()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(201, "id-0"), ScriptedOutbound.Answer(409, "A contact matching those details already exists with id=id-1"),
            ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(200));

        var report = await DeliverAsync(
            outbound, Rows(2),
            Step("create", Parts.EachRow(row => row.RemoteId is null), (response, _) => Conflicts.Read(response) ?? RowAnswer.Created(response.Text)),
            Step("update", Parts.EachRow(row => !row.IsCreated), (_, _) => StepResult.Next),
            Step("tag"));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Select(row => row.RemoteId).ShouldBe(["id-0", "id-1"]);
        outbound.Sent.Select(sent => sent.Text).ShouldBe(["create c-0", "create c-1", "update c-1=id-1", "tag c-0=id-0 c-1=id-1"]);
    }

    [Fact]
    public async Task Deliver_LookUpsInChunksAndPages_KnowEachIdInTheNextStep()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200, "c-0;next"), ScriptedOutbound.Answer(200, "c-1"), ScriptedOutbound.Answer(200, "none"), ScriptedOutbound.Answer(200));

        var report = await DeliverAsync(
            outbound, Rows(3),
            Step("find", Parts.Chunks(2), (response, batch) =>
            {
                var parts = response.Text.Split(';');
                var found = batch.Rows.Select(row => row.ProfileId == parts[0] ? RowAnswer.Known($"id of {row.ProfileId}") : RowAnswer.Next).ToImmutableArray();
                return parts.Length > 1
                    ? new StepResult.Page(parts[1], found)
                    : StepResult.ForEach(batch, row => row.ProfileId == parts[0] || row.RemoteId is not null ? found[batch.Rows.IndexOf(row)] : RowOutcome.Accepted);
            }),
            Step("remove"));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldAllBe(row => row.Fate == RowFate.Accepted);
        outbound.Sent.Select(sent => sent.Text).ShouldBe(
            ["find c-0 c-1", "find@next c-0=id of c-0 c-1", "find c-2", "remove c-0=id of c-0 c-1=id of c-1"]);
    }

    [Fact]
    public async Task Deliver_SeveralCallsForOnePerson_AcceptsWhenAllDo()
    {
        var rules = new FieldRules { Identifiers = [Identifier.Email.As("email"), Identifier.Phone.As("phone")] };
        var batch = Samples.Batch(
            Samples.Row("c-0", DeliveryOperation.Add, ("email", "a@example.com"), ("phone", "1")),
            Samples.Row("c-1", DeliveryOperation.Add, ("email", "b@example.com")),
            Samples.Row("c-2", DeliveryOperation.Add, ("phone", "2")));
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(200));

        var report = await DeliverAsync(outbound, batch, Step("send", Parts.ByIdentifier(rules), (_, part) =>
            StepResult.ForEach(part, row => part.Tag is "phone" && row.ProfileId is "c-0" ? Bad : RowOutcome.Accepted)));

        outbound.Sent.Select(sent => sent.Text).ShouldBe(["send:email c-0 c-1", "send:phone c-0 c-2"]);
        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.ShouldBe([Bad with { IsPartial = true }, RowOutcome.Accepted, RowOutcome.Accepted]);
    }

    [Fact]
    public async Task Deliver_OneOfSeveralCallsThrottled_LeavesThePersonOpenAndSaysWhatMayBeThere()
    {
        var rules = new FieldRules { Identifiers = [Identifier.Email.As("email"), Identifier.Phone.As("phone")] };
        var batch = Samples.Batch(
            Samples.Row("c-0", DeliveryOperation.Add, ("email", "a@example.com"), ("phone", "1")),
            Samples.Row("c-1", DeliveryOperation.Add, ("email", "b@example.com")));
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(429));

        var report = await DeliverAsync(outbound, batch, Step("send", Parts.ByIdentifier(rules)));

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Throttled>();
        report.Answers.Select(answer => answer?.Fate).ShouldBe([null, RowFate.Accepted]);
        report.MayHaveArrived.ShouldBeTrue();
    }

    [Fact]
    public async Task Deliver_CallsSideBySide_AreNoMoreThanTheCardAllows()
    {
        var inFlight = 0;
        var most = 0;
        var release = new TaskCompletionSource();
        var connector = Samples.Connector(Step("send", Parts.EachRow()));
        connector = connector with { Capabilities = connector.Capabilities with { CallsPerBatch = 3 } };
        var outbound = new GatedOutbound(async () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inFlight));
            if (inFlight == 3)
            {
                release.TrySetResult();
            }

            await release.Task;
            Interlocked.Decrement(ref inFlight);
        });

        var report = await new ConnectorClient(outbound, _time).DeliverAsync(connector, Samples.Settings(), Rows(10), default);

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Length.ShouldBe(10);
        report.Exchanges.Length.ShouldBe(10);
        most.ShouldBe(3);
    }

    [Fact]
    public async Task Deliver_PartsOfABatch_HaveIdsOfTheirOwnThatStay()
    {
        var first = await IdsAsync();

        first.Distinct().Count().ShouldBe(3);
        (await IdsAsync()).ShouldBe(first);

        async Task<List<string>> IdsAsync()
        {
            List<string> ids = [];
            await DeliverAsync(
                new ScriptedOutbound(Enumerable.Repeat(ScriptedOutbound.Answer(200), 3)), Rows(3),
                Step("send", Parts.EachRow(), (_, batch) =>
                {
                    ids.Add(batch.MessageId);
                    return StepResult.Next;
                }));
            return ids;
        }
    }

    private static DeliveryBatch Rows(int count) => Samples.Batch([.. Enumerable.Range(0, count).Select(number => Samples.Row($"c-{number}", DeliveryOperation.Add))]);

    /// <summary>A step whose request says its name, its tag, its page and the rows with the ids that are known.</summary>
    private static Step<DeliveryBatch> Step(
        string name,
        Func<DeliveryBatch, ConnectorSettings, Notes, IEnumerable<DeliveryBatch>>? parts = null,
        Func<ConnectorResponse, DeliveryBatch, StepResult>? read = null) => new()
        {
            Name = name,
            Parts = parts,
            BuildRequest = (batch, _, notes) => new(HttpMethod.Post, "https://api.example/")
            {
                Content = new StringContent(
                    $"{name}{(batch.Tag is "" ? "" : $":{batch.Tag}")}{(notes.Cursor is { } cursor ? $"@{cursor}" : "")} "
                    + string.Join(' ', batch.Rows.Select(row => row.RemoteId is { } id ? $"{row.ProfileId}={id}" : row.ProfileId))),
            },
            ReadResponse = (response, batch, _, _) =>
                read is not null && (response.IsSuccess || response.Status is 400 or 409) ? read(response, batch) : ResponseRules.Read(response, () => DeliveryOutcome.AllAccepted(batch)),
        };

    private Task<DeliveryReport> DeliverAsync(IOutbound outbound, DeliveryBatch batch, params Step<DeliveryBatch>[] steps) =>
        new ConnectorClient(outbound, _time).DeliverAsync(Samples.Connector(steps), Samples.Settings(), batch, default);

    private sealed class GatedOutbound(Func<Task> passAsync) : IOutbound
    {
        public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await passAsync();
            return new(System.Net.HttpStatusCode.OK) { Content = new StringContent("") };
        }
    }
}
