using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AudienceSync.Destinations;

namespace AudienceSync.Fakes;

/// <summary>Destinations in memory, with the store's promises about keys and versions.</summary>
internal sealed class MemoryDestinationStore : IDestinationStore
{
    private readonly SortedDictionary<string, Destination> _byId = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _version;

    /// <summary>Runs before each write, to place another writer's.</summary>
    public Action? BeforeWrite { get; set; }

    public Task<Destination?> GetAsync(string id, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_byId.GetValueOrDefault(id));
        }
    }

    public Task<Destination?> FindByKeyAsync(string key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_byId.Values.FirstOrDefault(destination => destination.Key == key));
        }
    }

    public async IAsyncEnumerable<Destination> ListAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var destination in All())
        {
            yield return destination;
        }
    }

    public Task<ImmutableArray<Destination>> ListByConnectionAsync(string connectionId, CancellationToken cancellationToken) =>
        Task.FromResult<ImmutableArray<Destination>>([.. All().Where(destination => destination.Uses(connectionId))]);

    public Task<Destination?> TryCreateAsync(Destination destination, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_byId.Values.Any(other => other.Key == destination.Key) ? null : Put(destination));
        }
    }

    public Task<Destination?> TryReplaceAsync(Destination destination, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        lock (_lock)
        {
            return Task.FromResult(IsCurrent(destination) ? Put(destination) : null);
        }
    }

    public Task<bool> TryDeleteAsync(Destination destination, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        lock (_lock)
        {
            return Task.FromResult(!_byId.ContainsKey(destination.Id) || (IsCurrent(destination) && _byId.Remove(destination.Id)));
        }
    }

    private ImmutableArray<Destination> All()
    {
        lock (_lock)
        {
            return [.. _byId.Values];
        }
    }

    private bool IsCurrent(Destination destination) => _byId.TryGetValue(destination.Id, out var current) && current.Version == destination.Version;

    private Destination Put(Destination destination) => _byId[destination.Id] = destination with { Version = $"v{++_version}" };
}
