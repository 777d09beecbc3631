using System.Text;
using AudienceSync.Fakes;
using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker.Local;
using Microsoft.Extensions.Logging.Abstractions;

namespace AudienceSync.Local.Worker;

public sealed class WorkerQueueMessageTests
{
    private static readonly TimeSpan Visibility = TimeSpan.FromMinutes(10);

    private static readonly QueueSettings Settings = new()
    {
        MaxPollingInterval = TimeSpan.FromSeconds(2),
        VisibilityTimeout = TimeSpan.FromSeconds(30),
        BatchSize = 16,
        NewBatchThreshold = 8,
        MaxDequeueCount = 5,
        IsBase64 = true,
    };

    private readonly ManualTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly Wakeups _wakeups = new();
    private readonly List<QueueMessage> _ran = [];
    private readonly FakeQueue _queue;
    private readonly FakeQueue _poison;
    private Func<Task<bool>> _function = () => Task.FromResult(true);

    public WorkerQueueMessageTests()
    {
        _queue = new("work", _time);
        _poison = new("work-poison", _time);
    }

    [Fact]
    public async Task Process_Success_DecodesRunsAndDeletes()
    {
        _queue.Put(Base64("hello"));
        await ProcessAsync();
        _ran.ShouldHaveSingleItem().Body.ToString().ShouldBe("hello");
        _ran[0].DequeueCount.ShouldBe(1);
        _queue.Bodies.ShouldBeEmpty();
        _poison.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Process_Failure_HidesForVisibilityTimeoutAndKeepsTheBody()
    {
        _queue.Put(Base64("hello"));
        _function = () => Task.FromResult(false);
        await ProcessAsync();
        _queue.Calls[^1].ShouldBe("hide m1 r1 00:00:30");
        _queue.Bodies.ShouldBe([Base64("hello")]);
    }

    [Fact]
    public async Task Process_FailureAtMaxDequeueCount_MovesTheBodyAsItIsToPoison()
    {
        _queue.Put(Base64("hello"), dequeueCount: 4);
        _function = () => Task.FromResult(false);
        await ProcessAsync();
        _ran.Count.ShouldBe(1);
        _queue.Bodies.ShouldBeEmpty();
        _poison.Bodies.ShouldBe([Base64("hello")]);
    }

    [Fact]
    public async Task Process_FailureBeforeMaxDequeueCount_IsNotPoison()
    {
        _queue.Put(Base64("hello"), dequeueCount: 3);
        _function = () => Task.FromResult(false);
        await ProcessAsync();
        _poison.Bodies.ShouldBeEmpty();
        _queue.Bodies.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Process_OverMaxDequeueCountOnReceipt_MovesToPoisonWithoutRunning()
    {
        _queue.Put(Base64("hello"), dequeueCount: 5);
        await ProcessAsync();
        _ran.ShouldBeEmpty();
        _queue.Bodies.ShouldBeEmpty();
        _poison.Bodies.ShouldBe([Base64("hello")]);
    }

    [Fact]
    public async Task Process_NotBase64_MovesRawToPoisonWithoutRunning()
    {
        _queue.Put("plain text!");
        await ProcessAsync();
        _ran.ShouldBeEmpty();
        _queue.Bodies.ShouldBeEmpty();
        _poison.Bodies.ShouldBe(["plain text!"]);
    }

    [Fact]
    public async Task Process_EncodingNone_TakesTextAsItIs()
    {
        _queue.Put("plain text!");
        await ProcessAsync(Settings with { IsBase64 = false });
        _ran.ShouldHaveSingleItem().Body.ToString().ShouldBe("plain text!");
        _queue.Bodies.ShouldBeEmpty();
    }

    [Fact]
    public async Task Process_NoPoisonQueue_FailedMessageStaysHiddenForTheWholeVisibility()
    {
        var message = _queue.Put(Base64("hello"), dequeueCount: 9);
        _function = () => Task.FromResult(false);
        await ProcessAsync(Settings, hasPoison: false);
        _ran.Count.ShouldBe(1);
        _queue.Calls.ShouldNotContain(call => call.StartsWith("hide", StringComparison.Ordinal) || call.StartsWith("delete", StringComparison.Ordinal));
        message.VisibleAt.ShouldBe(_time.GetUtcNow() + Visibility);
    }

    [Fact]
    public async Task Process_LongRun_RenewsAtHalfOfVisibilityAndDeletesWithTheNewestReceipt()
    {
        _queue.Put(Base64("hello"));
        var ended = new TaskCompletionSource<bool>();
        _function = () => ended.Task;
        var processing = ProcessAsync();
        await RenewedAsync(1);
        await RenewedAsync(2);
        ended.SetResult(true);
        await processing;
        _queue.Calls.Skip(1).ShouldBe(["hide m1 r1 00:10:00", "hide m1 r2 00:10:00", "delete m1 r3"]);
        _queue.Bodies.ShouldBeEmpty();
        _time.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public async Task Process_BeforeHalfOfVisibility_DoesNotRenew()
    {
        _queue.Put(Base64("hello"));
        var ended = new TaskCompletionSource<bool>();
        _function = () => ended.Task;
        var processing = ProcessAsync();
        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        ended.SetResult(true);
        await processing;
        _queue.Calls.Skip(1).ShouldBe(["delete m1 r1"]);
    }

    [Fact]
    public async Task Process_RenewalFailsOnce_IsTriedAgainAfterAMinute()
    {
        _queue.Put(Base64("hello"));
        _queue.Faults.Enqueue(("hide", FakeQueue.Fault(503)));
        var ended = new TaskCompletionSource<bool>();
        _function = () => ended.Task;
        var processing = ProcessAsync();
        await RenewedAsync(1);
        await RenewedAsync(2, TimeSpan.FromMinutes(1));
        ended.SetResult(true);
        await processing;
        _queue.Calls.Skip(1).ShouldBe(["hide m1 r1 00:10:00", "hide m1 r1 00:10:00", "delete m1 r2"]);
    }

    [Fact]
    public async Task Process_OwnershipLost_StopsRenewingAndLeavesTheMessageToItsNewOwner()
    {
        var message = _queue.Put(Base64("hello"));
        var ended = new TaskCompletionSource<bool>();
        _function = () => ended.Task;
        var processing = ProcessAsync();
        _queue.Steal(message);
        await RenewedAsync(1);
        await Eventually.HoldsAsync(() => _time.ActiveTimers == 0, "renewing ends");
        ended.SetResult(true);
        await processing;
        _queue.Calls.Skip(1).ShouldBe(["hide m1 r1 00:10:00", "delete m1 r1"]);
        _queue.Bodies.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(404, "MessageNotFound")]
    [InlineData(404, "QueueNotFound")]
    [InlineData(400, "PopReceiptMismatch")]
    public async Task Process_MessageGoneAtTheEnd_IsNoFault(int status, string code)
    {
        _queue.Put(Base64("hello"));
        _queue.Faults.Enqueue(("delete", FakeQueue.Fault(status, code)));
        await Should.NotThrowAsync(ProcessAsync);
    }

    [Fact]
    public async Task Process_MovedToPoison_WakesThePoisonListener()
    {
        _queue.Put("plain text!");
        await ProcessAsync();
        await _wakeups.WaitAsync("work-poison", TimeSpan.FromDays(1), _time, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private Task ProcessAsync() => ProcessAsync(Settings);

    private async Task ProcessAsync(QueueSettings settings, bool hasPoison = true)
    {
        var processor = new QueueMessageProcessor(
            _queue, hasPoison ? _poison : null, settings, Visibility,
            message =>
            {
                _ran.Add(message);
                return _function();
            },
            _wakeups, _time, NullLogger.Instance);
        var message = (await _queue.ReceiveAsync(1, Visibility, CancellationToken.None)).ShouldHaveSingleItem();
        await processor.ProcessAsync(message);
    }

    private async Task RenewedAsync(int times, TimeSpan? after = null)
    {
        await Eventually.HoldsAsync(() => _time.ActiveTimers == 1, "the renewal waits");
        _time.Advance(after ?? Visibility / 2);
        await Eventually.HoldsAsync(() => _queue.Calls.Count(call => call.StartsWith("hide", StringComparison.Ordinal)) == times, "the renewal is asked for");
    }
}
