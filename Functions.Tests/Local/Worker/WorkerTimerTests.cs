using AudienceSync.Fakes;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Local;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace AudienceSync.Local.Worker;

public sealed class WorkerTimerTests : IAsyncLifetime, IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 30, TimeSpan.Zero);

    private readonly ManualTimeProvider _time = new(Start);
    private readonly RecordingTime _waits;
    private readonly CancellationTokenSource _stop = new();
    private readonly MemoryStore _store = new();
    private readonly Lock _gate = new();
    private readonly List<(DateTime At, TimerInfo Info, RetryContext? Retry)> _runs = [];
    private Func<Task<bool>> _function = () => Task.FromResult(true);
    private Task _listening = Task.CompletedTask;

    public WorkerTimerTests() => _waits = new(_time);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening.WaitAsync(TimeSpan.FromSeconds(10));
    }

    public void Dispose() => _stop.Dispose();

    [Theory]
    [InlineData("0 */5 * * * *", "2026-03-01T12:05:00Z")]
    [InlineData("*/5 * * * *", "2026-03-01T12:05:00Z")]
    [InlineData("15 0 3 * * *", "2026-03-02T03:00:15Z")]
    [InlineData("0 0 9 * * Mon", "2026-03-02T09:00:00Z")]
    [InlineData("0 0 9 13 * Fri", "2026-03-13T09:00:00Z")]
    [InlineData("00:05:00", "2026-03-01T12:05:30Z")]
    public void TryParse_Schedule_KnowsTheNextOccurrence(string text, string next) =>
        TimerSchedule.TryParse(text).ShouldNotBeNull().Next(Start.UtcDateTime).ShouldBe(Utc(next));

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("0 0 0 * * 7")]
    [InlineData("* * * *")]
    [InlineData("-00:05:00")]
    [InlineData("00:00:00")]
    public void TryParse_NoSchedule_IsNull(string text) => TimerSchedule.TryParse(text).ShouldBeNull();

    [Theory]
    [InlineData("* * * * * *", true)]
    [InlineData("*/30 * * * * *", true)]
    [InlineData("0,59 0 * * * *", true)]
    [InlineData("00:00:59", true)]
    [InlineData("0 * * * * *", false)]
    [InlineData("00:01:00", false)]
    public void IsFasterThanMinute_Schedule_IsTold(string text, bool expected) =>
        TimerSchedule.TryParse(text)!.IsFasterThanMinute(Start.UtcDateTime).ShouldBe(expected);

    [Fact]
    public async Task Run_FirstStart_StoresNextAndDoesNotFire()
    {
        await ListenAsync("0 * * * * *");
        RunCount().ShouldBe(0);
        _store.Status!.Next.ShouldBe(Utc("2026-03-01T12:01:00Z"));
        _store.Status.Last.ShouldBe(default);
    }

    [Fact]
    public async Task Run_Due_FiresWithTheStoredStatusAndStoresTheNext()
    {
        await ListenAsync("0 * * * * *");
        _time.Advance(TimeSpan.FromSeconds(30));
        await RanAsync(1);
        _runs[0].At.ShouldBe(Utc("2026-03-01T12:01:00Z"));
        _runs[0].Info.IsPastDue.ShouldBeFalse();
        _runs[0].Info.ScheduleStatus!.Next.ShouldBe(Utc("2026-03-01T12:01:00Z"));
        _store.Status!.Last.ShouldBe(Utc("2026-03-01T12:01:00Z"));
        _store.Status.Next.ShouldBe(Utc("2026-03-01T12:02:00Z"));
        _time.Advance(TimeSpan.FromMinutes(1));
        await RanAsync(2);
    }

    [Fact]
    public async Task Run_MissedOccurrences_FiresOncePastDueAtStart()
    {
        _store.Status = Stored(last: "2026-03-01T11:00:00Z", next: "2026-03-01T11:01:00Z");
        await ListenAsync("0 * * * * *");
        await RanAsync(1);
        _runs[0].Info.IsPastDue.ShouldBeTrue();
        _runs[0].Info.ScheduleStatus!.Next.ShouldBe(Utc("2026-03-01T11:01:00Z"));
        _store.Status!.Last.ShouldBe(Start.UtcDateTime);
        _store.Status.Next.ShouldBe(Utc("2026-03-01T12:01:00Z"));
        _time.Advance(TimeSpan.FromSeconds(30));
        await RanAsync(2);
        _runs[1].Info.IsPastDue.ShouldBeFalse();
    }

    [Fact]
    public async Task Run_NextStillAhead_DoesNotFireAtStart()
    {
        _store.Status = Stored(last: "2026-03-01T12:00:00Z", next: "2026-03-01T12:01:00Z");
        await ListenAsync("0 * * * * *");
        RunCount().ShouldBe(0);
    }

    [Fact]
    public async Task Run_ScheduleChanged_CountsFromNowAndDoesNotFire()
    {
        _store.Status = Stored(last: "2026-03-01T09:00:00Z", next: "2026-03-01T10:00:00Z");
        await ListenAsync("0 */5 * * * *");
        RunCount().ShouldBe(0);
        _store.Status!.Next.ShouldBe(Utc("2026-03-01T12:05:00Z"));
        _store.Status.Last.ShouldBe(default);
    }

    [Fact]
    public async Task Run_NeverRanAndMissedItsFirst_FiresPastDue()
    {
        _store.Status = new() { LastUpdated = Utc("2026-03-01T11:58:10Z"), Next = Utc("2026-03-01T11:59:00Z") };
        await ListenAsync("0 * * * * *");
        await RanAsync(1);
        _runs[0].Info.IsPastDue.ShouldBeTrue();
    }

    [Fact]
    public async Task Run_RunOnStartup_FiresAtEveryStart()
    {
        await ListenAsync("0 0 * * * *", runOnStartup: true);
        await RanAsync(1);
        _runs[0].Info.IsPastDue.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMinutes(59.5));
        await RanAsync(2);
    }

    [Theory]
    [InlineData("*/10 * * * * *", true)]
    [InlineData("0 * * * * *", false)]
    public async Task Run_NotMonitored_HasNoStatus(string schedule, bool useMonitor)
    {
        _store.Status = Stored(last: "2026-03-01T11:00:00Z", next: "2026-03-01T11:00:10Z");
        await ListenAsync(schedule, useMonitor);
        RunCount().ShouldBe(0);
        _time.Advance(TimeSpan.FromMinutes(1));
        await RanAsync(1, orMore: true);
        _runs[0].Info.ScheduleStatus.ShouldBeNull();
        _store.Writes.ShouldBe(0);
    }

    [Fact]
    public async Task Run_LongRun_SkipsWhatFallsDueMeanwhileAndNeverOverlaps()
    {
        var ended = new TaskCompletionSource<bool>();
        _function = () => ended.Task;
        await ListenAsync("0 * * * * *");
        _time.Advance(TimeSpan.FromSeconds(30));
        await RanAsync(1, isWaiting: false);
        _time.Advance(TimeSpan.FromSeconds(150)); // 12:03:30
        RunCount().ShouldBe(1);
        ended.SetResult(true);
        await WaitsAsync();
        RunCount().ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(30));
        await RanAsync(2);
        _runs[1].At.ShouldBe(Utc("2026-03-01T12:04:00Z"));
    }

    [Fact]
    public async Task Run_Failure_IsTriedAgainOnSchedule()
    {
        _function = () => Task.FromResult(false);
        await ListenAsync("0 * * * * *");
        _time.Advance(TimeSpan.FromSeconds(30));
        await RanAsync(1);
        _store.Status!.Last.ShouldBe(Utc("2026-03-01T12:01:00Z"));
        _time.Advance(TimeSpan.FromMinutes(1));
        await RanAsync(2);
    }

    [Fact]
    public async Task Run_FixedDelayRetry_RepeatsUpToTheCountThenGoesOn()
    {
        _function = () => Task.FromResult(false);
        await ListenAsync("0 * * * * *", retry: new FixedDelayRetryAttribute(2, "00:00:05"));
        _time.Advance(TimeSpan.FromSeconds(30));
        await RanAsync(1);
        _time.Advance(TimeSpan.FromSeconds(5));
        await RanAsync(2);
        _time.Advance(TimeSpan.FromSeconds(5));
        await RanAsync(3);
        _time.Advance(TimeSpan.FromSeconds(5));
        RunCount().ShouldBe(3);
        _runs.Select(run => (run.Retry?.RetryCount, run.Retry?.MaxRetryCount)).ShouldBe([(null, null), (1, 2), (2, 2)]);
    }

    [Fact]
    public async Task Run_RetrySucceeds_StopsRepeating()
    {
        var results = new Queue<bool>([false, true, false]);
        _function = () => Task.FromResult(results.Dequeue());
        await ListenAsync("0 * * * * *", retry: new FixedDelayRetryAttribute(-1, "00:00:05"));
        _time.Advance(TimeSpan.FromSeconds(30));
        await RanAsync(1);
        _time.Advance(TimeSpan.FromSeconds(5));
        await RanAsync(2);
        _time.Advance(TimeSpan.FromSeconds(20));
        RunCount().ShouldBe(2);
    }

    [Fact]
    public async Task Run_ExponentialRetry_WaitsLongerEachTime()
    {
        _function = () => Task.FromResult(false);
        await ListenAsync("0 0 * * * *", retry: new ExponentialBackoffRetryAttribute(3, "00:00:10", "00:00:25"));
        for (var run = 1; run <= 4; run++)
        {
            _time.Advance(_waits.Waits[^1]);
            await RanAsync(run);
        }

        var waits = _waits.Waits;
        waits[1].ShouldBe(TimeSpan.FromSeconds(10));
        waits[2].ShouldBeInRange(TimeSpan.FromSeconds(18), TimeSpan.FromSeconds(22)); // 10 + 10 × 0.8 to 1.2
        waits[3].ShouldBe(TimeSpan.FromSeconds(25));
    }

    [Fact]
    public async Task Run_StatusCannotBeReadYet_TriesAgain()
    {
        _store.Faults.Enqueue(FakeQueue.Fault(503));
        _store.Status = Stored(last: "2026-03-01T11:00:00Z", next: "2026-03-01T11:01:00Z");
        await ListenAsync("0 * * * * *");
        RunCount().ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(10));
        await RanAsync(1);
    }

    [Fact]
    public async Task Run_YearlySchedule_WaitsInSteps()
    {
        await ListenAsync("0 0 0 1 1 *");
        for (var day = Start.UtcDateTime; day < Utc("2026-12-31T12:00:00Z"); day = day.AddDays(1))
        {
            _time.Advance(TimeSpan.FromDays(1));
            await WaitsAsync();
        }

        RunCount().ShouldBe(0);
        _time.Advance(TimeSpan.FromDays(1));
        await RanAsync(1);
        _runs[0].At.ShouldBe(Utc("2027-01-01T00:00:00Z"));
    }

    private static DateTime Utc(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture).UtcDateTime;

    private static ScheduleStatus Stored(string last, string next) => new() { Last = Utc(last), Next = Utc(next), LastUpdated = Utc(last) };

    private async Task ListenAsync(string schedule, bool useMonitor = true, bool runOnStartup = false, RetryAttribute? retry = null)
    {
        var hostJson = Directory.CreateTempSubdirectory("worker-tests-");
        File.WriteAllText(Path.Combine(hostJson.FullName, "host.json"), HostUnderTest.HostJson);
        var configuration = new ConfigurationBuilder().Build();
        var function = new FunctionCatalog(
            FunctionSource.Of(typeof(TimerFunction)), HostJson.Load(hostJson.FullName, configuration, isDevelopment: true), new AppSettings(configuration)).All[0];
        hostJson.Delete(recursive: true);
        var listener = new TimerListener(
            function with { Retry = retry },
            new Trigger.Timer(TimerSchedule.TryParse(schedule)!, useMonitor, runOnStartup),
            _store,
            (info, state) =>
            {
                lock (_gate)
                {
                    _runs.Add((_time.GetUtcNow().UtcDateTime, info, state));
                }

                return _function();
            },
            _waits,
            NullLogger.Instance);
        _listening = listener.RunAsync(_stop.Token);
        await WaitsAsync();
    }

    private int RunCount()
    {
        lock (_gate)
        {
            return _runs.Count;
        }
    }

    private async Task RanAsync(int times, bool isWaiting = true, bool orMore = false)
    {
        await Eventually.HoldsAsync(() => RunCount() == times || (orMore && RunCount() > times), $"run {times}");
        if (isWaiting)
        {
            await WaitsAsync();
        }
    }

    private Task WaitsAsync() => Eventually.HoldsAsync(() => _time.ActiveTimers == 1, "the timer waits");

    public static class TimerFunction
    {
        [Function("timer")]
        public static void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer)
        {
        }
    }

    private sealed class MemoryStore : IScheduleStore
    {
        public ScheduleStatus? Status { get; set; }

        public int Writes { get; private set; }

        public Queue<Exception> Faults { get; } = [];

        public Task<ScheduleStatus?> ReadAsync(string function, CancellationToken cancellationToken) =>
            Faults.TryDequeue(out var fault) ? Task.FromException<ScheduleStatus?>(fault) : Task.FromResult(Status);

        public Task WriteAsync(string function, ScheduleStatus status, CancellationToken cancellationToken)
        {
            Writes++;
            Status = status;
            return Task.CompletedTask;
        }
    }
}
