using AudienceSync.Erasures;

namespace AudienceSync.Fakes;

/// <summary>The queue of erasures in memory: messages come when they can be seen, and again when nobody deletes them.</summary>
internal sealed class MemoryErasureQueue(TimeProvider time, FaultPoints? points = null) : IErasureQueue
{
    private readonly FaultPoints _points = points ?? new();
    private readonly List<Entry> _entries = [];

    public DateTimeOffset? NextVisible => _entries.Count == 0 ? null : _entries.Min(entry => entry.VisibleAt);

    public Task SendAsync(ErasureMessage message, TimeSpan delay, CancellationToken cancellationToken) =>
        _points.Write(() => _entries.Add(new(message) { VisibleAt = time.GetUtcNow() + delay }));

    public Entry? TryTake()
    {
        var entry = _entries.Where(entry => entry.VisibleAt <= time.GetUtcNow()).MinBy(entry => entry.VisibleAt);
        if (entry is not null)
        {
            entry.VisibleAt = time.GetUtcNow() + MemoryRunQueue.TakenFor;
        }

        return entry;
    }

    public void Delete(Entry entry) => _entries.Remove(entry);

    public void Fail(Entry entry) => entry.VisibleAt = time.GetUtcNow() + MemoryRunQueue.FailedFor;

    /// <summary>Loses every message.</summary>
    public void Clear() => _entries.Clear();

    internal sealed class Entry(ErasureMessage message)
    {
        public ErasureMessage Message => message;

        public DateTimeOffset VisibleAt { get; set; }
    }
}
