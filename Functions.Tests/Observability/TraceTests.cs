using System.Diagnostics;
using AudienceSync.Fakes;
using AudienceSync.Runs;

namespace AudienceSync.Observability;

/// <summary>A run is one trace, however many workers, messages and days it takes, and the trace knows no person.</summary>
public sealed class TraceTests
{
    private readonly EngineHarness _engine = new(card: card => card with { MixesOperations = false }, finds: true);

    [Fact]
    public async Task Run_FromRequestToEnd_IsOneTrace()
    {
        using var spans = new SpanLog();
        _engine.PutMany(7);

        using var request = Traces.Start("POST /api/v1/destinations/{id}/runs");
        var run = await _engine.StartAsync();
        Activity.Current = null;
        await _engine.PumpAsync();

        var trace = spans.Of(request.TraceId.ToHexString());
        spans.OfRun(run.Id).ShouldAllBe(span => span.TraceId == request.TraceId);
        trace.Select(span => span.OperationName).Distinct().Order().ShouldBe(
            ["connector.call", "run.batch", "run.begin", "run.finish", "run.lane", "run.plan", "run.settle", "run.snapshot", "run.start"]);
        var start = trace.Single(span => span.OperationName == "run.start");
        start.ParentSpanId.ShouldBe(request.SpanId);
        ParentOf(trace, "run.begin").ShouldBe(["run.start"]);
        ParentOf(trace, "run.snapshot").ShouldBe(["run.begin"]);
        ParentOf(trace, "run.plan").ShouldBe(["run.snapshot"]);
        ParentOf(trace, "run.lane").ShouldBe(["run.plan"]);
        ParentOf(trace, "run.batch").ShouldBe(["run.lane"]);
        ParentOf(trace, "connector.call").ShouldBe(["run.batch", "run.begin"]);
        ParentOf(trace, "run.settle").ShouldBe(["run.lane"]);
        ParentOf(trace, "run.finish").ShouldBe(["run.settle"]);
    }

    [Fact]
    public async Task Spans_CarryIdsAndNoPerson()
    {
        using var spans = new SpanLog();
        _engine.PutMany(5);

        var run = await _engine.RunAsync();

        var trace = spans.Of(spans.OfRun(run.Id)[0].TraceId.ToHexString());
        trace.Where(span => span.OperationName.StartsWith("run.", StringComparison.Ordinal)).ShouldAllBe(span => (string?)span.GetTagItem(SpanTags.Run) == run.Id);
        trace.Where(span => span.OperationName is "run.lane" or "run.snapshot").ShouldAllBe(span => (string?)span.GetTagItem(SpanTags.Destination) == EngineHarness.DestinationId);
        var texts = trace.SelectMany(span => span.TagObjects.Select(tag => tag.Value?.ToString() ?? "").Append(span.OperationName).Append(span.DisplayName).Append(span.StatusDescription ?? "")).ToList();
        texts.ShouldNotContain(text => text.Contains("example.com", StringComparison.Ordinal) || text.StartsWith("c-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_ThatStartsByItself_IsATraceOfItsOwn()
    {
        using var spans = new SpanLog();
        _engine.PutMany(3);
        await _engine.ChangeAsync(destination => destination with { AutoSync = true });

        using var tick = Traces.Start("sync-tick");
        await _engine.Watchdog.TickAsync(default);
        Activity.Current.ShouldBeSameAs(tick);
        Activity.Current = null;
        await _engine.ChangeAsync(destination => destination with { AutoSync = false });
        await _engine.PumpAsync();

        var run = (await _engine.Store.ListAsync(null, new(1, null), null, default)).Items.ShouldHaveSingleItem();
        var trace = spans.OfRun(run.Id);
        trace.Select(span => span.TraceId).Distinct().ShouldHaveSingleItem().ShouldNotBe(tick.TraceId);
        var start = trace.Single(span => span.OperationName == "run.start");
        start.ParentId.ShouldBeNull();
        start.Links.ShouldHaveSingleItem().Context.TraceId.ShouldBe(tick.TraceId);
    }

    [Fact]
    public async Task Run_ThatIsApprovedInAnotherRequest_StaysInItsTrace()
    {
        using var spans = new SpanLog();
        _engine.PutMany(5);
        await _engine.RunAsync();
        _engine.Profiles.Clear();
        using var first = Traces.Start("first request");
        var run = await _engine.StartAsync();
        Activity.Current = null;
        await _engine.PumpAsync();
        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Held);

        using (Traces.Start("second request"))
        {
            (await _engine.Runs.DecideAsync(run.Id, ApprovalAction.Approve, default)).ShouldBeOk();
        }

        Activity.Current = null;
        await _engine.PumpAsync();
        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Succeeded);
        spans.OfRun(run.Id).ShouldAllBe(span => span.TraceId == first.TraceId);
        spans.OfRun(run.Id).ShouldContain(span => span.OperationName == "run.finish");
    }

    [Fact]
    public async Task Run_OfWorkersThatDie_StaysOneTrace()
    {
        using var spans = new SpanLog();
        var kills = 0;
        for (var seed = 1; seed <= 10; seed++)
        {
            var engine = new EngineHarness(seed) { KillChance = 0.5 };
            engine.PutMany(8);

            var run = await engine.RunAsync();

            spans.OfRun(run.Id).Select(span => span.TraceId).Distinct().ShouldHaveSingleItem();
            kills += engine.Kills;
        }

        kills.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task StepThatFails_MarksItsSpanWithTheTypeAlone()
    {
        using var spans = new SpanLog();
        _engine.PutMany(2);
        _engine.Platform.Then(new Reply.Crash());

        var run = await _engine.RunAsync();

        var failed = spans.OfRun(run.Id).Where(span => span.OperationName == "run.lane" && span.Status is ActivityStatusCode.Error).ShouldHaveSingleItem();
        ((string?)failed.GetTagItem("error.type")).ShouldBe(typeof(ScriptedFailureException).FullName);
        failed.StatusDescription.ShouldBeNull();
    }

    [Fact]
    public void Message_OfAnEarlierVersion_IsRead()
    {
        var message = StepMessages.Read("""{"runId":"run_1","step":"Plan","number":3,"phase":null,"turn":0}""");

        message.ShouldBe(new StepMessage("run_1", RunStep.Plan, 3));
        (message.TraceParent, message.Due).ShouldBe((null, null));
    }

    [Fact]
    public async Task MessageWithoutTrace_GoesOnInTheTraceOfItsRun()
    {
        using var spans = new SpanLog();
        _engine.PutMany(2);
        var run = await _engine.StartAsync();
        Activity.Current = null;
        _engine.Queue.Clear();
        await _engine.Queue.SendAsync(new(run.Id, RunStep.Begin), TimeSpan.Zero, default);

        await _engine.PumpAsync();

        spans.OfRun(run.Id).Select(span => span.TraceId).Distinct().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("no context")]
    [InlineData("00-00000000000000000000000000000000-0000000000000000-00")]
    public void Continue_OfNothing_IsASpanOfThePresentTrace(string? traceParent)
    {
        using var outer = Traces.Start("outer");

        using var inner = Traces.Continue("inner", traceParent);

        inner.ParentSpanId.ShouldBe(outer.SpanId);
    }

    [Fact]
    public void Carried_InAnotherTrace_IsTheTraceOfTheRun()
    {
        var run = $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01";

        using var here = Traces.Start("of somebody else");

        Traces.Carried(run).ShouldBe(run);
        Traces.Carried(here.Id).ShouldBe(here.Id);
        Traces.Carried(null).ShouldBe(here.Id);
    }

    private static IEnumerable<string> ParentOf(IReadOnlyList<Activity> trace, string name) => trace
        .Where(span => span.OperationName == name)
        .Select(span => trace.Single(parent => parent.SpanId == span.ParentSpanId).OperationName)
        .Distinct()
        .Order();
}
