using System.Collections.Immutable;

namespace AudienceSync.Destinations;

/// <summary>Keeps destinations. Every returned destination carries its <see cref="Destination.Version"/>.</summary>
public interface IDestinationStore
{
    Task<Destination?> GetAsync(string id, CancellationToken cancellationToken);

    Task<Destination?> FindByKeyAsync(string key, CancellationToken cancellationToken);

    /// <param name="after">Id of the last destination before this page; null for the first. Sorted by id, so by age.</param>
    Task<DestinationPage> ListAsync(int limit, string? after, CancellationToken cancellationToken);

    /// <summary>All of them, sorted by id.</summary>
    IAsyncEnumerable<Destination> ListAllAsync(CancellationToken cancellationToken);

    /// <summary>Those whose source is the segment itself.</summary>
    Task<ImmutableArray<Destination>> ListBySegmentAsync(string segmentId, CancellationToken cancellationToken);

    Task<ImmutableArray<Destination>> ListByConnectionAsync(string connectionId, CancellationToken cancellationToken);

    /// <summary>Null when the key is taken.</summary>
    Task<Destination?> TryCreateAsync(Destination destination, CancellationToken cancellationToken);

    /// <summary>Replaces the version that <see cref="Destination.Version"/> names; null when that is not the current one.</summary>
    Task<Destination?> TryReplaceAsync(Destination destination, CancellationToken cancellationToken);

    /// <summary>Deletes the version that <see cref="Destination.Version"/> names; false when another is current, true when there is none (any more).</summary>
    Task<bool> TryDeleteAsync(Destination destination, CancellationToken cancellationToken);
}

/// <param name="Next">Id to go on after; null on the last page.</param>
public sealed record DestinationPage(ImmutableArray<Destination> Items, string? Next);
