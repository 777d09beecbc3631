using System.Runtime.CompilerServices;
using AudienceSync.Runs;

namespace AudienceSync.Fakes;

/// <summary>Leases in memory. Thread-safe.</summary>
internal sealed class MemoryRunLeases(FaultPoints? points = null) : IRunLeases
{
    private readonly FaultPoints _points = points ?? new();
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, RunLease> _leases = new(StringComparer.Ordinal);

    public Task<RunLease> ReadAsync(string destinationId, CancellationToken cancellationToken) => _points.Read(() => Locked(() => Find(destinationId)));

    public Task<RunLease> TryAcquireAsync(string destinationId, string runId, DateTimeOffset now, CancellationToken cancellationToken) =>
        _points.Write(() => Locked(() => Find(destinationId) is { RunId: null } free
            ? _leases[destinationId] = free with { RunId = runId, Fence = free.Fence + 1, AcquiredAt = now }
            : Find(destinationId)));

    public Task RequestAgainAsync(string destinationId, CancellationToken cancellationToken) => _points.Write(() => Locked(() =>
        Find(destinationId) is { RunId: not null } held ? _leases[destinationId] = held with { Again = true } : null));

    public Task RequestEraseAsync(string destinationId, CancellationToken cancellationToken) => _points.Write(() => Locked(() =>
        Find(destinationId) is { RunId: not null } held ? _leases[destinationId] = held with { Erase = true } : null));

    public Task<NextRuns> ReleaseAsync(string destinationId, string runId, CancellationToken cancellationToken) => _points.Write(() => Locked(() =>
    {
        var held = Find(destinationId);
        if (held.RunId != runId)
        {
            return default;
        }

        _leases[destinationId] = held with { RunId = null, Again = false, Erase = false };
        return new NextRuns(held.Erase, held.Again);
    }));

    public async IAsyncEnumerable<RunLease> ListHeldAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var lease in await _points.Read(() => Locked(() => _leases.Values.Where(lease => lease.RunId is not null).ToList())))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return lease;
        }
    }

    private RunLease Find(string destinationId) => _leases.GetValueOrDefault(destinationId) ?? new(destinationId, null, 0, false, default);

    private T Locked<T>(Func<T> work)
    {
        lock (_lock)
        {
            return work();
        }
    }
}
