using Azure;
using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker.Local;

namespace AudienceSync.Local.Worker;

/// <summary>A queue in memory on a clock moved by hand: visibility, dequeue counts and pop receipts as in storage.</summary>
internal sealed class FakeQueue(string name, TimeProvider time) : IMessageQueue
{
    private readonly Lock _gate = new();
    private readonly List<Stored> _messages = [];
    private readonly List<string> _calls = [];
    private int _receipts;

    public string Name => name;

    public bool Exists { get; set; } = true;

    /// <summary>Thrown by the next calls of the named method, one each.</summary>
    public Queue<(string Method, Exception Fault)> Faults { get; } = [];

    /// <summary>Called before each receive answers.</summary>
    public Func<Task>? OnReceive { get; set; }

    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_gate)
            {
                return [.. _calls];
            }
        }
    }

    public IReadOnlyList<string> Bodies
    {
        get
        {
            lock (_gate)
            {
                return [.. _messages.Select(message => message.Body)];
            }
        }
    }

    public static RequestFailedException Fault(int status, string code = "") => new(status, $"fault {status}", code, innerException: null);

    public Stored Put(string body, int dequeueCount = 0)
    {
        lock (_gate)
        {
            var message = new Stored { Id = $"m{_messages.Count + 1}", Body = body, DequeueCount = dequeueCount, VisibleAt = time.GetUtcNow() };
            _messages.Add(message);
            return message;
        }
    }

    /// <summary>Takes a message as another reader would: the former pop receipt no longer counts.</summary>
    public void Steal(Stored message) => message.PopReceipt = "stolen";

    public Task<bool> ExistsAsync(CancellationToken cancellationToken)
    {
        Note("exists");
        return Task.FromResult(Exists);
    }

    public async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(int count, TimeSpan visibility, CancellationToken cancellationToken)
    {
        Note($"receive {count} {visibility}", "receive");
        if (OnReceive is { } hook)
        {
            await hook();
        }

        lock (_gate)
        {
            var now = time.GetUtcNow();
            return [.. _messages.Where(message => message.VisibleAt <= now).Take(count).Select(message =>
            {
                message.VisibleAt = now + visibility;
                message.DequeueCount++;
                message.PopReceipt = $"r{++_receipts}";
                return QueuesModelFactory.QueueMessage(message.Id, message.PopReceipt, BinaryData.FromString(message.Body), message.DequeueCount, now + visibility);
            })];
        }
    }

    public Task<string> HideAsync(string messageId, string popReceipt, TimeSpan visibility, CancellationToken cancellationToken)
    {
        cancellationToken.ShouldBe(CancellationToken.None);
        Note($"hide {messageId} {popReceipt} {visibility}", "hide");
        lock (_gate)
        {
            var message = Owned(messageId, popReceipt);
            message.VisibleAt = time.GetUtcNow() + visibility;
            message.PopReceipt = $"r{++_receipts}";
            return Task.FromResult(message.PopReceipt);
        }
    }

    public Task DeleteAsync(string messageId, string popReceipt, CancellationToken cancellationToken)
    {
        cancellationToken.ShouldBe(CancellationToken.None);
        Note($"delete {messageId} {popReceipt}", "delete");
        lock (_gate)
        {
            _messages.Remove(Owned(messageId, popReceipt));
        }

        return Task.CompletedTask;
    }

    public Task AddAsync(string body, CancellationToken cancellationToken)
    {
        Note($"add {body}", "add");
        Put(body);
        return Task.CompletedTask;
    }

    private Stored Owned(string id, string popReceipt)
    {
        var message = _messages.Find(each => each.Id == id) ?? throw Fault(404, "MessageNotFound");
        return message.PopReceipt == popReceipt ? message : throw Fault(400, "PopReceiptMismatch");
    }

    private void Note(string call, string? method = null)
    {
        lock (_gate)
        {
            _calls.Add(call);
            if (Faults.TryPeek(out var next) && next.Method == (method ?? call))
            {
                Faults.Dequeue();
                throw next.Fault;
            }
        }
    }

    internal sealed class Stored
    {
        public required string Id { get; init; }

        public required string Body { get; init; }

        public int DequeueCount { get; set; }

        public string PopReceipt { get; set; } = "";

        public DateTimeOffset VisibleAt { get; set; }
    }
}
