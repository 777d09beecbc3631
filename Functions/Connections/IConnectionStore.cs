using System.Collections.Immutable;

namespace AudienceSync.Connections;

/// <summary>Keeps connections. Every returned connection carries its <see cref="Connection.Version"/>.</summary>
public interface IConnectionStore
{
    Task<Connection?> GetAsync(string id, CancellationToken cancellationToken);

    /// <param name="after">Id of the last connection before this page; null for the first. Sorted by id, so by age.</param>
    Task<ConnectionPage> ListAsync(int limit, string? after, CancellationToken cancellationToken);

    /// <summary>Null when the key is taken.</summary>
    Task<Connection?> TryCreateAsync(Connection connection, CancellationToken cancellationToken);

    /// <summary>Replaces the version that <see cref="Connection.Version"/> names; null when that is not the current one.</summary>
    Task<Connection?> TryReplaceAsync(Connection connection, CancellationToken cancellationToken);

    /// <summary>Deletes the version that <see cref="Connection.Version"/> names; false when another is current, true when there is none (any more).</summary>
    Task<bool> TryDeleteAsync(Connection connection, CancellationToken cancellationToken);
}

/// <param name="Next">Id to go on after; null on the last page.</param>
public sealed record ConnectionPage(ImmutableArray<Connection> Items, string? Next);
