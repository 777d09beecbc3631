using System.Runtime.CompilerServices;
using AudienceSync.Destinations;

namespace AudienceSync.Fakes;

/// <summary>Destination states in memory, with the store's promises about versions.</summary>
internal sealed class MemoryDestinationStateStore : IDestinationStateStore
{
    private readonly SortedDictionary<string, DestinationState> _byId = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _version;

    /// <summary>Runs before each write, to place another writer's.</summary>
    public Action? BeforeWrite { get; set; }

    public Task<DestinationState?> GetAsync(string destinationId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_byId.GetValueOrDefault(destinationId));
        }
    }

    public async IAsyncEnumerable<DestinationState> ListAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        List<DestinationState> all;
        lock (_lock)
        {
            all = [.. _byId.Values];
        }

        foreach (var state in all)
        {
            yield return state;
        }
    }

    public Task<DestinationState?> TryWriteAsync(DestinationState state, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        lock (_lock)
        {
            var current = _byId.GetValueOrDefault(state.DestinationId)?.Version ?? "";
            return Task.FromResult(current == state.Version ? _byId[state.DestinationId] = state with { Version = $"v{++_version}" } : null);
        }
    }

    public Task DeleteAsync(string destinationId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _byId.Remove(destinationId);
            return Task.CompletedTask;
        }
    }
}
