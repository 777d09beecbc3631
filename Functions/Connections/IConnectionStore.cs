namespace AudienceSync.Connections;

/// <summary>Keeps connections. Every returned connection carries its <see cref="Connection.Version"/>.</summary>
public interface IConnectionStore
{
    Task<Connection?> GetAsync(string id, CancellationToken cancellationToken);

    /// <summary>All of them, sorted by id, so by age.</summary>
    IAsyncEnumerable<Connection> ListAllAsync(CancellationToken cancellationToken);

    /// <summary>Null when the key is taken.</summary>
    Task<Connection?> TryCreateAsync(Connection connection, CancellationToken cancellationToken);

    /// <summary>Replaces the version that <see cref="Connection.Version"/> names; null when that is not the current one.</summary>
    Task<Connection?> TryReplaceAsync(Connection connection, CancellationToken cancellationToken);

    /// <summary>Deletes the version that <see cref="Connection.Version"/> names; false when another is current, true when there is none (any more).</summary>
    Task<bool> TryDeleteAsync(Connection connection, CancellationToken cancellationToken);
}
