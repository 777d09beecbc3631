using System.Collections.Immutable;

namespace AudienceSync.Destinations;

/// <summary>Keeps destinations. Every returned destination carries its <see cref="Destination.Version"/>.</summary>
public interface IDestinationStore
{
    Task<Destination?> GetAsync(string id, CancellationToken cancellationToken);

    Task<Destination?> FindByKeyAsync(string key, CancellationToken cancellationToken);

    /// <summary>All of them, sorted by id.</summary>
    IAsyncEnumerable<Destination> ListAllAsync(CancellationToken cancellationToken);

    /// <summary>Those that send over the connection or take their members from there.</summary>
    Task<ImmutableArray<Destination>> ListByConnectionAsync(string connectionId, CancellationToken cancellationToken);

    /// <summary>Null when the key is taken.</summary>
    Task<Destination?> TryCreateAsync(Destination destination, CancellationToken cancellationToken);

    /// <summary>Replaces the version that <see cref="Destination.Version"/> names; null when that is not the current one.</summary>
    Task<Destination?> TryReplaceAsync(Destination destination, CancellationToken cancellationToken);

    /// <summary>Deletes the version that <see cref="Destination.Version"/> names; false when another is current, true when there is none (any more).</summary>
    Task<bool> TryDeleteAsync(Destination destination, CancellationToken cancellationToken);
}
