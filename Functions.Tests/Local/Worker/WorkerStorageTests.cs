using System.Collections.Concurrent;
using System.Net;
using System.Text;
using AudienceSync.Fakes;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Local;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AudienceSync.Local.Worker;

/// <summary>Queue and timer functions over a real Azurite.</summary>
public sealed class WorkerStorageTests : IClassFixture<AzuriteFixture>
{
    private const string HostJson = """
        {
          "version": "2.0",
          "functionTimeout": "00:00:02",
          "extensions": { "queues": { "maxPollingInterval": "00:00:00.100", "maxDequeueCount": 2, "batchSize": 4, "newBatchThreshold": 2 } }
        }
        """;

    private readonly string _connection;

    public WorkerStorageTests(AzuriteFixture azurite)
    {
        ArgumentNullException.ThrowIfNull(azurite);
        _connection = azurite.ConnectionString;
    }

    public sealed record Order(string Id, int Count);

    [Fact]
    public async Task Queue_EachBinding_GetsTheMessage()
    {
        var seen = new Seen();
        await using var host = await StartAsync(typeof(BindingFunctions), seen);
        await SendAsync("as-string", "text");
        await SendAsync("as-bytes", "bytes");
        await SendAsync("as-data", "data");
        await SendAsync("as-message", "message");
        await SendAsync("as-record", """{ "id": "o1", "COUNT": 3 }""");
        await Eventually.HoldsAsync(() => seen.Values.Count == 5, "all five run");
        seen.Values.Order(StringComparer.Ordinal).ShouldBe(["bytes", "data", "message 1 True", "o1 3 | o1 1 True True", "text"]);
        await EmptyAsync("as-string");
        await EmptyAsync("as-record");
    }

    [Fact]
    public async Task Queue_NotJsonForARecord_FailsToPoisonWithTheBodyAsSent()
    {
        var seen = new Seen();
        await using var host = await StartAsync(typeof(RecordFunction), seen);
        await SendAsync("broken", "no json");
        (await ReceiveAsync("broken-poison")).Body.ToString().ShouldBe(Base64("no json"));
        seen.Values.ShouldBeEmpty();
        await EmptyAsync("broken");
    }

    [Fact]
    public async Task Queue_BodyNotBase64_GoesRawToPoison()
    {
        var seen = new Seen();
        await using var host = await StartAsync(typeof(PlainFunction), seen);
        await Raw("plain").CreateIfNotExistsAsync();
        await Raw("plain").SendMessageAsync("not base64 !");
        (await ReceiveAsync("plain-poison")).Body.ToString().ShouldBe("not base64 !");
        seen.Values.ShouldBeEmpty();
        await EmptyAsync("plain");
    }

    [Fact]
    public async Task Queue_LongerThanFunctionTimeout_IsCancelledAndFails()
    {
        var seen = new Seen();
        await using var host = await StartAsync(typeof(SlowFunction), seen);
        await SendAsync("slow", "x");
        await Eventually.HoldsAsync(() => seen.Values.Count == 2, "two cancelled runs");
        (await ReceiveAsync("slow-poison")).Body.ToString().ShouldBe(Base64("x"));
    }

    [Fact]
    public async Task Stop_WhileRunning_CancelsAndShowsTheMessageAgain()
    {
        var seen = new Seen();
        await using var host = await StartAsync(typeof(StoppedFunction), seen);
        await SendAsync("stopped", "x");
        await Eventually.HoldsAsync(() => seen.Values.Count == 1, "it runs");
        await host.StopAsync();
        seen.Values.Order().ShouldBe(["cancelled", "started"]);
        (await ReceiveAsync("stopped")).DequeueCount.ShouldBe(2);
    }

    [Fact]
    public async Task Stop_FunctionIgnoresItsToken_EndsAfterTheGrace()
    {
        var seen = new Seen();
        await using var host = await StartAsync(typeof(DeafFunction), seen, ("LocalHost:ShutdownGrace", "00:00:00.3"));
        await SendAsync("deaf", "x");
        await Eventually.HoldsAsync(() => seen.Values.Count == 1, "it runs");
        await host.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));
        seen.Values.Count.ShouldBe(1);
        seen.Release.SetResult();
        await Eventually.HoldsAsync(() => seen.Values.Count == 2, "it ends");
    }

    [Fact]
    public async Task Start_VisibilityBelowOneSecond_IsRefused() =>
        (await Should.ThrowAsync<OptionsValidationException>(() => StartAsync(typeof(PlainFunction), new Seen(), ("LocalHost:QueueVisibility", "00:00:00.9"))))
            .Message.ShouldContain("QueueVisibility");

    [Fact]
    public async Task Timer_SecondStart_FindsTheStatusOfTheFirst()
    {
        var seen = new Seen();
        string blob;
        await using (var first = await StartAsync(typeof(HourlyFunction), seen))
        {
            var store = first.Services.GetRequiredService<IScheduleStore>();
            await Eventually.HoldsAsync(async () => await store.ReadAsync("hourly", CancellationToken.None) is not null, "the status is stored");
            await store.WriteAsync(
                "hourly", new() { Last = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), Next = new(2026, 1, 1, 1, 0, 0, DateTimeKind.Utc) }, CancellationToken.None);
            blob = first.Services.GetRequiredService<HostIdentity>().Id;
        }

        seen.Values.ShouldBeEmpty();
        await using var second = await StartAsync(typeof(HourlyFunction), seen, ("AzureFunctionsWebHost:hostid", blob));
        await Eventually.HoldsAsync(() => seen.Values.Count == 1, "it runs past due");
        seen.Values.ShouldBe(["past due 2026-01-01T01:00:00"]);
        await Eventually.HoldsAsync(
            async () => (await second.Services.GetRequiredService<IScheduleStore>().ReadAsync("hourly", CancellationToken.None))!.Last.Year > 2025
                && (await second.Services.GetRequiredService<IScheduleStore>().ReadAsync("hourly", CancellationToken.None))!.Last.Month > 1, "the run is stored");
    }

    [Fact]
    public async Task RunByHand_TimerAndQueue_AreAcceptedAndRun()
    {
        var seen = new Seen();
        await using var host = await StartAsync(typeof(ByHandFunctions), seen);
        (await PostAsync(host, "by-hand-timer", """{ "input": null }""")).ShouldBe(HttpStatusCode.Accepted);
        (await PostAsync(host, "by-hand-queue", """{ "input": "text" }""")).ShouldBe(HttpStatusCode.Accepted);
        await Eventually.HoldsAsync(() => seen.Values.Count == 2, "both run");
        seen.Values.Order().ShouldBe(["queue text", "timer no status"]);
    }

    private static async Task<HttpStatusCode> PostAsync(HostUnderTest host, string function, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await host.Client.PostAsync($"admin/functions/{function}", content);
        return response.StatusCode;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private Task<HostUnderTest> StartAsync(Type functions, Seen seen, params (string Key, string Value)[] settings) => HostUnderTest.StartAsync(
        functions,
        builder =>
        {
            builder.Configuration["AzureWebJobsStorage"] = _connection;
            foreach (var (key, value) in settings)
            {
                builder.Configuration[key] = value;
            }

            builder.Services.AddSingleton(seen);
        },
        HostJson);

    private QueueClient Raw(string queue) => new(_connection, queue);

    private async Task SendAsync(string queue, string body)
    {
        var client = new QueueClient(_connection, queue, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });
        await client.CreateIfNotExistsAsync();
        await client.SendMessageAsync(body);
    }

    /// <summary>The first message of a queue as soon as there is one, body as on the wire.</summary>
    private async Task<QueueMessage> ReceiveAsync(string queue)
    {
        QueueMessage? message = null;
        await Eventually.HoldsAsync(
            async () => await Raw(queue).ExistsAsync() && (message = await Raw(queue).ReceiveMessageAsync()) is not null, $"a message in {queue}");
        return message!;
    }

    private Task EmptyAsync(string queue) => Eventually.HoldsAsync(
        async () => (await Raw(queue).GetPropertiesAsync()).Value.ApproximateMessagesCount == 0, $"{queue} is empty");

    public sealed class Seen
    {
        public ConcurrentQueue<string> Values { get; } = [];

        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Add(string value) => Values.Enqueue(value);
    }

    public sealed class BindingFunctions(Seen seen)
    {
        [Function("as-string")]
        public void String([QueueTrigger("as-string")] string message) => seen.Add(message);

        [Function("as-bytes")]
        public void Bytes([QueueTrigger("as-bytes")] byte[] message) => seen.Add(Encoding.UTF8.GetString(message));

        [Function("as-data")]
        public void Data([QueueTrigger("as-data")] BinaryData message) => seen.Add(message.ToString());

        [Function("as-message")]
        public void Message([QueueTrigger("as-message")] QueueMessage message) =>
            seen.Add($"{message.MessageText} {message.DequeueCount} {message.InsertedOn is not null}");

        [Function("as-record")]
        public async Task RecordAsync(
            [QueueTrigger("as-record")] Order order, FunctionContext context, int dequeueCount, DateTimeOffset insertionTime, string queueTrigger, string id)
        {
            await Task.Yield();
            var found = queueTrigger.Contains("o1", StringComparison.Ordinal) ? "o1" : "";
            seen.Add($"{order.Id} {order.Count} | {found} {dequeueCount} {(string?)context.BindingContext.BindingData["Id"] == id} {insertionTime.Year > 2025}");
        }
    }

    public sealed class RecordFunction(Seen seen)
    {
        [Function("broken")]
        public void Run([QueueTrigger("broken")] Order order) => seen.Add(order.Id);
    }

    public sealed class PlainFunction(Seen seen)
    {
        [Function("plain")]
        public void Run([QueueTrigger("plain")] string message) => seen.Add(message);
    }

    public sealed class SlowFunction(Seen seen)
    {
        [Function("slow")]
        public async Task RunAsync([QueueTrigger("slow")] string message, CancellationToken cancellationToken)
        {
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }
            finally
            {
                seen.Add(message);
            }
        }
    }

    public sealed class StoppedFunction(Seen seen)
    {
        [Function("stopped")]
        public async Task RunAsync([QueueTrigger("stopped")] string message, CancellationToken cancellationToken)
        {
            seen.Add("started");
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }
            finally
            {
                seen.Add("cancelled");
            }
        }
    }

    public sealed class DeafFunction(Seen seen)
    {
        [Function("deaf")]
        public async Task RunAsync([QueueTrigger("deaf")] string message)
        {
            seen.Add("started");
            await seen.Release.Task;
            seen.Add("ended");
        }
    }

    public sealed class HourlyFunction(Seen seen)
    {
        [Function("hourly")]
        public void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer) =>
            seen.Add($"{(timer.IsPastDue ? "past due" : "on time")} {timer.ScheduleStatus?.Next:s}");
    }

    public sealed class ByHandFunctions(Seen seen)
    {
        [Function("by-hand-timer")]
        public void Timer([TimerTrigger("0 0 0 1 1 *")] TimerInfo timer) => seen.Add(timer.ScheduleStatus is null ? "timer no status" : "timer");

        [Function("by-hand-queue")]
        public void Queue([QueueTrigger("by-hand")] string message) => seen.Add($"queue {message}");
    }
}
