using System.Runtime.CompilerServices;
using AudienceSync.Connections;

namespace AudienceSync.Fakes;

/// <summary>Connections in memory, with the store's promises about keys and versions.</summary>
internal sealed class MemoryConnectionStore : IConnectionStore
{
    private readonly SortedDictionary<string, Connection> _byId = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _version;

    /// <summary>Runs before each write, to place another writer's.</summary>
    public Action? BeforeWrite { get; set; }

    public Task<Connection?> GetAsync(string id, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_byId.GetValueOrDefault(id));
        }
    }

    public async IAsyncEnumerable<Connection> ListAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        List<Connection> all;
        lock (_lock)
        {
            all = [.. _byId.Values];
        }

        foreach (var connection in all)
        {
            yield return connection;
        }
    }

    public Task<Connection?> TryCreateAsync(Connection connection, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_byId.Values.Any(other => other.Key == connection.Key) ? null : Put(connection));
        }
    }

    public Task<Connection?> TryReplaceAsync(Connection connection, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        lock (_lock)
        {
            return Task.FromResult(IsCurrent(connection) ? Put(connection) : null);
        }
    }

    public Task<bool> TryDeleteAsync(Connection connection, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        lock (_lock)
        {
            return Task.FromResult(!_byId.ContainsKey(connection.Id) || (IsCurrent(connection) && _byId.Remove(connection.Id)));
        }
    }

    private bool IsCurrent(Connection connection) => _byId.TryGetValue(connection.Id, out var current) && current.Version == connection.Version;

    private Connection Put(Connection connection) => _byId[connection.Id] = connection with { Version = $"v{++_version}" };
}
