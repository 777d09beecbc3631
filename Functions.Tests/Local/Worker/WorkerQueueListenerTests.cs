using AudienceSync.Fakes;
using Azure;
using Microsoft.Azure.Functions.Worker.Local;
using Microsoft.Extensions.Logging.Abstractions;

namespace AudienceSync.Local.Worker;

public sealed class WorkerQueueListenerTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Visibility = TimeSpan.FromMinutes(10);

    private readonly ManualTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly RecordingTime _waits;
    private readonly CancellationTokenSource _stop = new();
    private readonly Wakeups _wakeups = new();
    private readonly FakeQueue _queue;
    private readonly Lock _gate = new();
    private readonly List<TaskCompletionSource<bool>> _runs = [];
    private bool _endsAtOnce;
    private Task _listening = Task.CompletedTask;

    public WorkerQueueListenerTests()
    {
        _queue = new("work", _time);
        _waits = new(_time);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var run in Runs())
        {
            run.TrySetResult(true);
        }

        await _listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task Run_ManyMessages_RunsAtMostBatchAndThresholdAtOnce()
    {
        Put(20);
        Listen(batchSize: 4, newBatchThreshold: 2);
        // 4 are more than the threshold: no further poll until 2 are left, then 2 + 4.
        await RunningAsync(4);
        Finish(2);
        await RunningAsync(8);
        Runs().Count(run => !run.Task.IsCompleted).ShouldBe(6);
        _queue.Calls.Count(IsReceive).ShouldBe(2);
        Finish(3);
        _queue.Calls.Count(IsReceive).ShouldBe(2);
        Finish(1);
        await RunningAsync(12);
        _queue.Calls.Count(IsReceive).ShouldBe(3);
    }

    [Fact]
    public async Task Run_Poll_AsksForABatchWithTenMinutes()
    {
        Listen(batchSize: 4, newBatchThreshold: 2);
        await Eventually.HoldsAsync(() => _queue.Calls.Any(IsReceive), "a poll");
        _queue.Calls.ShouldBe(["exists", "receive 4 00:10:00"]);
    }

    [Fact]
    public async Task Run_NothingComes_WaitsLongerUpToTheMaximum()
    {
        Listen(batchSize: 1, newBatchThreshold: 0, maximum: TimeSpan.FromSeconds(1));
        for (var poll = 1; poll <= 7; poll++)
        {
            await PolledAsync(poll);
            _time.Advance(_waits.Waits[^1]);
        }

        var waits = _waits.Waits.Take(7).ToList();
        waits[0].ShouldBe(TimeSpan.FromMilliseconds(100));
        waits.ShouldBeInOrder();
        waits[^1].ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Run_AfterMessages_WaitsShortAgain()
    {
        _endsAtOnce = true;
        Listen(batchSize: 1, newBatchThreshold: 0, maximum: TimeSpan.FromSeconds(1));
        for (var poll = 1; poll <= 6; poll++)
        {
            await PolledAsync(poll);
            _time.Advance(_waits.Waits[^1]);
        }

        await PolledAsync(7);
        Put(1);
        _time.Advance(_waits.Waits[^1]);
        await PolledAsync(9); // one that finds the message, and the next at once
        _waits.Waits[^1].ShouldBeInRange(TimeSpan.FromMilliseconds(180), TimeSpan.FromMilliseconds(220));
    }

    [Fact]
    public async Task Run_Woken_PollsAtOnce()
    {
        Listen(batchSize: 1, newBatchThreshold: 0);
        await PolledAsync(1);
        _wakeups.Wake("work");
        await PolledAsync(2);
    }

    [Fact]
    public async Task Run_QueueMissing_WaitsForItAndNeverMakesIt()
    {
        _queue.Exists = false;
        Put(1);
        Listen(batchSize: 1, newBatchThreshold: 0);
        await Eventually.HoldsAsync(() => _time.ActiveTimers == 1, "a wait");
        _queue.Calls.ShouldBe(["exists"]);
        _queue.Exists = true;
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await RunningAsync(1);
        _queue.Calls.ShouldBe(["exists", "exists", "receive 1 00:10:00"]);
    }

    [Theory]
    [InlineData(500, "InternalError")]
    [InlineData(503, "ServerBusy")]
    [InlineData(404, "QueueNotFound")]
    [InlineData(409, "QueueBeingDeleted")]
    [InlineData(0, "")]
    public async Task Run_FaultThatMayPass_LooksForTheQueueAgain(int status, string code)
    {
        _queue.Faults.Enqueue(("receive", FakeQueue.Fault(status, code)));
        Put(1);
        Listen(batchSize: 1, newBatchThreshold: 0);
        await Eventually.HoldsAsync(() => _time.ActiveTimers == 1, "a wait");
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await RunningAsync(1);
        _queue.Calls.Count(call => call == "exists").ShouldBe(2);
    }

    [Theory]
    [InlineData(403, "AuthorizationFailure")]
    [InlineData(409, "SomethingElse")]
    public async Task Run_FaultThatWillNotPass_Ends(int status, string code)
    {
        _queue.Faults.Enqueue(("receive", FakeQueue.Fault(status, code)));
        Listen(batchSize: 1, newBatchThreshold: 0);
        (await Should.ThrowAsync<RequestFailedException>(_listening)).Status.ShouldBe(status);
    }

    [Fact]
    public async Task Run_MessageThatCannotBeCompleted_DoesNotEndTheListening()
    {
        _endsAtOnce = true;
        _queue.Faults.Enqueue(("delete", FakeQueue.Fault(403)));
        Put(2);
        Listen(batchSize: 1, newBatchThreshold: 0);
        await RunningAsync(2);
        await Eventually.HoldsAsync(() => _queue.Bodies.Count == 1, "the second is deleted");
    }

    [Fact]
    public async Task Run_StoppedWhileRunning_WaitsForTheFunctionAndCompletes()
    {
        Put(1);
        Listen(batchSize: 1, newBatchThreshold: 0);
        await RunningAsync(1);
        await _stop.CancelAsync();
        _listening.IsCompleted.ShouldBeFalse();
        Finish(1);
        await _listening.WaitAsync(TimeSpan.FromSeconds(10));
        _queue.Bodies.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_StoppedDuringAPoll_ShowsItsMessagesAgain()
    {
        Put(3);
        _queue.OnReceive = () => _stop.CancelAsync();
        Listen(batchSize: 8, newBatchThreshold: 0);
        await _listening.WaitAsync(TimeSpan.FromSeconds(10));
        Runs().ShouldBeEmpty();
        _queue.Calls.Count(call => call.StartsWith("hide", StringComparison.Ordinal) && call.EndsWith(" 00:00:00", StringComparison.Ordinal)).ShouldBe(3);
        _queue.Bodies.Count.ShouldBe(3);
    }

    private static bool IsReceive(string call) => call.StartsWith("receive", StringComparison.Ordinal);

    private void Put(int count)
    {
        for (var index = 0; index < count; index++)
        {
            _queue.Put("text");
        }
    }

    private void Listen(int batchSize, int newBatchThreshold, TimeSpan? maximum = null)
    {
        var settings = new QueueSettings
        {
            MaxPollingInterval = maximum ?? TimeSpan.FromSeconds(2),
            VisibilityTimeout = TimeSpan.Zero,
            BatchSize = batchSize,
            NewBatchThreshold = newBatchThreshold,
            MaxDequeueCount = 5,
            IsBase64 = false,
        };
        var processor = new QueueMessageProcessor(
            _queue, new FakeQueue("work-poison", _time), settings, Visibility, _ => Run(), _wakeups, _time, NullLogger.Instance);
        var listener = new QueueListener(
            _queue, processor, settings, Visibility, new Backoff(TimeSpan.FromMilliseconds(100), settings.MaxPollingInterval, new Random(7)),
            _wakeups, _waits, NullLogger.Instance);
        _listening = listener.RunAsync(_stop.Token);
    }

    private Task<bool> Run()
    {
        lock (_gate)
        {
            var run = new TaskCompletionSource<bool>();
            if (_endsAtOnce)
            {
                run.SetResult(true);
            }

            _runs.Add(run);
            return run.Task;
        }
    }

    private List<TaskCompletionSource<bool>> Runs()
    {
        lock (_gate)
        {
            return [.. _runs];
        }
    }

    private void Finish(int count)
    {
        foreach (var run in Runs().Where(run => !run.Task.IsCompleted).Take(count))
        {
            run.SetResult(true);
        }
    }

    private Task RunningAsync(int started) => Eventually.HoldsAsync(() => Runs().Count == started, $"{started} runs");

    private async Task PolledAsync(int polls)
    {
        await Eventually.HoldsAsync(() => _queue.Calls.Count(IsReceive) == polls, $"poll {polls}");
        await Eventually.HoldsAsync(() => _time.ActiveTimers == 1, "a wait");
    }
}
