using AudienceSync.Fakes;

namespace AudienceSync.Http;

public sealed class ReadinessTests
{
    private readonly ManualTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Check_OneFails_IsNotReadyAndSaysWhichWithoutItsMessage()
    {
        var report = await new Readiness([new Check("tables", () => Task.CompletedTask), new Check("queues", () => throw new InvalidOperationException("key=secret"))], [], _time)
            .CheckAsync(CancellationToken.None);

        report.Status.ShouldBe("notReady");
        report.Checks.Select(check => (check.Name, check.Ok)).ShouldBe([("queues", false), ("tables", true)]);
        report.Checks[0].Detail.ShouldBe("Failed with InvalidOperationException.");
    }

    [Fact]
    public async Task Check_NoAnswer_FailsWhenPatienceEnds()
    {
        var checking = new Readiness([new Check("tables", () => new TaskCompletionSource().Task)], [], _time).CheckAsync(CancellationToken.None);
        checking.IsCompleted.ShouldBeFalse();

        _time.Advance(Readiness.Patience);

        var report = await checking;
        report.Checks.ShouldHaveSingleItem().ShouldBe(new("tables", Ok: false, 5000, "No answer within 5 seconds."));
    }

    [Fact]
    public async Task Check_SomethingWaits_IsReadyAndSaysSo()
    {
        var report = await new Readiness(
            [new Check("tables", () => Task.CompletedTask)],
            [new Notice("zebras", "Two wait."), new Notice("erasures", "One waits."), new Notice("nothing", null), new Notice("broken", null, Fails: true)], _time)
            .CheckAsync(CancellationToken.None);

        report.Status.ShouldBe(Readiness.Ready);
        report.Notices.ShouldBe([new("erasures", "One waits."), new("zebras", "Two wait.")]);
    }

    private sealed record Notice(string Name, string? Detail, bool Fails = false) : IReadinessNotice
    {
        public Task<string?> FindAsync(CancellationToken cancellationToken) => Fails ? throw new InvalidOperationException("key=secret") : Task.FromResult(Detail);
    }

    private sealed class Check(string name, Func<Task> check) : IReadinessCheck
    {
        public string Name => name;

        public Task CheckAsync(CancellationToken cancellationToken) => check();
    }
}
