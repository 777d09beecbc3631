using AudienceSync.Runs;

namespace AudienceSync.Fakes;

/// <summary>The three queues in memory: messages are text, invisible until their time, and come back when nobody deletes them.</summary>
internal sealed class MemoryRunQueue(TimeProvider time, FaultPoints? points = null) : IRunQueue
{
    private readonly FaultPoints _points = points ?? new();
    private readonly List<Entry> _entries = [];

    /// <summary>How long a message is invisible to others once somebody took it, and how long when they failed: as host.json and the host have it.</summary>
    public static readonly TimeSpan TakenFor = TimeSpan.FromMinutes(10);

    public static readonly TimeSpan FailedFor = TimeSpan.FromSeconds(5);

    public const int MaxDequeueCount = 5;

    /// <summary>Every message is delivered twice.</summary>
    public bool Doubles { get; set; }

    /// <summary>Messages that are not deleted, visible or not.</summary>
    public int Count => _entries.Count;

    /// <summary>When the next message can be seen.</summary>
    public DateTimeOffset? NextVisible => _entries.Count == 0 ? null : _entries.Min(entry => entry.VisibleAt);

    public Task SendAsync(StepMessage message, TimeSpan delay, CancellationToken cancellationToken) => _points.Write(() => Add(message, delay));

    public Task SendAllAsync(IReadOnlyList<StepMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var message in messages)
        {
            // One by one: a worker may die with half of them sent.
            _points.Pass();
            Add(message, TimeSpan.Zero);
        }

        _points.Pass();
        return Task.CompletedTask;
    }

    /// <summary>Takes any visible message.</summary>
    public Entry? TryTake(Random random)
    {
        var visible = _entries.Where(entry => entry.VisibleAt <= time.GetUtcNow()).ToList();
        if (visible.Count == 0)
        {
            return null;
        }

        var entry = visible[random.Next(visible.Count)];
        entry.DequeueCount++;
        entry.VisibleAt = time.GetUtcNow() + TakenFor;
        return entry;
    }

    /// <summary>Loses every message.</summary>
    public void Clear() => _entries.Clear();

    public void Delete(Entry entry) => _entries.Remove(entry);

    /// <summary>The message could not be worked on: it is shown again soon, in the poison queue once it failed too often.</summary>
    public void Fail(Entry entry)
    {
        entry.IsPoison |= entry.DequeueCount >= MaxDequeueCount;
        entry.VisibleAt = time.GetUtcNow() + (entry.IsPoison ? TimeSpan.Zero : FailedFor);
    }

    private void Add(StepMessage message, TimeSpan delay)
    {
        for (var copy = 0; copy < (Doubles ? 2 : 1); copy++)
        {
            _entries.Add(new() { Text = StepMessages.Write(message), VisibleAt = time.GetUtcNow() + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero) });
        }
    }

    internal sealed class Entry
    {
        public required string Text { get; init; }

        public required DateTimeOffset VisibleAt { get; set; }

        public int DequeueCount { get; set; }

        /// <summary>It lies in the poison queue.</summary>
        public bool IsPoison { get; set; }
    }
}
