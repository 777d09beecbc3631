using System.Collections.Concurrent;
using AudienceSync.Access;

namespace AudienceSync.Fakes;

internal sealed class MemoryAuditLog : IAuditLog
{
    private readonly ConcurrentQueue<AuditEvent> _events = new();

    public IEnumerable<AuditEvent> Events => _events;

    /// <summary>Thrown instead of appending, when set.</summary>
    public Exception? Fault { get; set; }

    public Task AppendAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        if (Fault is not null)
        {
            throw Fault;
        }

        _events.Enqueue(auditEvent);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<AuditEvent>> ListAsync(int limit, string? after, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<AuditEvent>>(
        [.. _events.OrderByDescending(each => each.Id, StringComparer.Ordinal).Where(each => after is null || string.CompareOrdinal(each.Id, after) < 0).Take(limit)]);
}
