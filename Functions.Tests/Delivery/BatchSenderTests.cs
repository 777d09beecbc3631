using AudienceSync.Connectors;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Delivery;

/// <summary>Batches over the client that speaks to platforms: what conversations leave open, and in what order it is taken up again.</summary>
public sealed class BatchSenderTests
{
    private readonly ManualTimeProvider _time = new(Samples.Now);

    [Fact]
    public async Task Send_PartsAreJobsOfTheirOwn_EachIsAskedAfterAndNoneSentTwice()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(202, "job-a"), ScriptedOutbound.Answer(200, "running"), ScriptedOutbound.Answer(200, "done"),
            ScriptedOutbound.Answer(202, "job-b"), ScriptedOutbound.Answer(200, "done"));
        var connector = Connector(new Step<DeliveryBatch>
        {
            Name = "submit",
            Parts = Parts.Chunks(2),
            BuildRequest = (batch, _, _) => Post("jobs", batch),
            ReadResponse = (response, _, _, _) => new DeliveryOutcome.Pending(response.Text, TimeSpan.FromSeconds(5)),
        });
        var batch = Rows(3);

        var progress = await SendAsync(outbound, connector, batch, new RowOutcome?[3], null);
        var told = new List<Verdict> { progress.Verdict };
        while (progress.Job is not null)
        {
            progress = await SendAsync(outbound, connector, batch, progress.Rows, progress.Job);
            told.Add(progress.Verdict);
        }

        progress.Rows.ShouldAllBe(row => row!.Fate == RowFate.Accepted);
        told.Select(verdict => verdict.GetType().Name).ShouldBe(["Poll", "Poll", "Poll", "Settled"]);
        outbound.Sent.Select(sent => $"{sent.Url.AbsolutePath} {sent.Text}").ShouldBe(
            ["/jobs c-0 c-1", "/jobs/job-a c-0 c-1", "/jobs/job-a c-0 c-1", "/jobs c-2", "/jobs/job-b c-2"]);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task Send_JobUnknown_MakesItsRowsUncertainAndSendsTheOthers(int status)
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(status), ScriptedOutbound.Answer(200));

        var progress = await SendAsync(outbound, Connector(), Rows(3), new RowOutcome?[3], new("job-1", [0, 2]));

        progress.Verdict.ShouldBeOfType<Verdict.Settled>();
        progress.Rows.Select(row => row!.Fate).ShouldBe([RowFate.Uncertain, RowFate.Accepted, RowFate.Uncertain]);
    }

    [Fact]
    public async Task Send_SomeRowsAnsweredBeforeAThrottle_OnlyTheOthersAreSentAgain()
    {
        var outbound = new ScriptedOutbound(
            ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(429, null, ("Retry-After", "7")), ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(422));
        var connector = Connector(Samples.Post("https://api.example/") with { Parts = Parts.EachRow(), BuildRequest = (batch, _, _) => Post("people", batch) });
        var batch = Rows(3);

        var first = await SendAsync(outbound, connector, batch, new RowOutcome?[3], null);
        var second = await SendAsync(outbound, connector, batch, first.Rows, null);

        first.Verdict.ShouldBe(new Verdict.Wait(TimeSpan.FromSeconds(7), "http_429"));
        second.Rows.Select(row => row!.Fate).ShouldBe([RowFate.Accepted, RowFate.Accepted, RowFate.Rejected]);
        outbound.Sent.Select(sent => sent.Text).ShouldBe(["c-0", "c-1", "c-1", "c-2"]);
    }

    [Fact]
    public async Task Send_OneOfTwoStepsDoneBeforeTheCredentialsAreRefused_SaysThatRowsMayBeThere()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(401));
        var connector = Connector(
            Samples.Post("https://api.example/") with { ReadResponse = (_, batch, _, _) => StepResult.ForEach(batch, row => RowAnswer.Created(row.ProfileId)) },
            Samples.Post("https://api.example/"));

        var progress = await SendAsync(outbound, connector, Rows(2), new RowOutcome?[2], null);

        progress.Verdict.ShouldBeOfType<Verdict.Stop>().IsUnauthorized.ShouldBeTrue();
        progress.MayHaveArrived.ShouldBeTrue();
    }

    [Fact]
    public async Task Send_OnePartFails_IsNoFailureOfTheWholeCall()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(500), ScriptedOutbound.Answer(200));
        var connector = Connector(Samples.Post("https://api.example/") with { Parts = Parts.EachRow() });

        var progress = await SendAsync(outbound, connector, Rows(3), new RowOutcome?[3], null);

        progress.Verdict.ShouldBeOfType<Verdict.TryAgain>().IsWhole.ShouldBeFalse();
        progress.Rows.Select(row => row?.Fate).ShouldBe([RowFate.Accepted, null, RowFate.Accepted]);
    }

    [Fact]
    public async Task Send_IdForgottenTwice_IsTriedAgainLaterRatherThanForEver()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(404), ScriptedOutbound.Answer(404));
        var connector = Connector(Samples.Post("https://api.example/") with { ReadResponse = (_, _, _, _) => RowOutcome.Forgotten });
        var batch = Rows(1);

        var progress = await SendAsync(outbound, connector, batch with { Rows = [batch.Rows[0] with { RemoteId = "old" }] }, new RowOutcome?[1], null);

        progress.Verdict.ShouldBeOfType<Verdict.TryAgain>().Code.ShouldBe("remote_id_gone");
        outbound.Sent.Count.ShouldBe(2);
    }

    private static DeliveryBatch Rows(int count) => Samples.Batch([.. Enumerable.Range(0, count).Select(number => Samples.Row($"c-{number}", DeliveryOperation.Add))]);

    private static HttpRequestMessage Post(string path, DeliveryBatch batch) =>
        new(HttpMethod.Post, $"https://api.example/{path}") { Content = new StringContent(string.Join(' ', batch.Rows.Select(row => row.ProfileId))) };

    private static ConnectorDefinition Connector(params Step<DeliveryBatch>[] steps) => Samples.Connector(steps) with
    {
        PollJob =
        [
            new()
            {
                Name = "poll",
                BuildRequest = (job, _, _) => Post($"jobs/{job.JobId}", job.Batch),
                ReadResponse = (response, job, _, _) => ResponseRules.Read(
                    response, () => response.Text is "done" ? DeliveryOutcome.AllAccepted(job.Batch) : new DeliveryOutcome.Pending(job.JobId, TimeSpan.FromSeconds(5))),
            },
        ],
    };

    private Task<BatchProgress> SendAsync(ScriptedOutbound outbound, ConnectorDefinition connector, DeliveryBatch batch, RowOutcome?[] known, PendingJob? job) =>
        new BatchSender(new ConnectorClient(outbound, _time)).SendAsync(
            connector, Samples.Settings(), batch, known, job, ids => MessageIds.Of(ids),
            _ => Task.CompletedTask,
            default);
}
