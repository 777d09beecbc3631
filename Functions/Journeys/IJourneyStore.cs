namespace AudienceSync.Journeys;

/// <summary>Keeps journeys. Every returned journey carries its <see cref="Journey.Version"/>.</summary>
public interface IJourneyStore
{
    Task<Journey?> GetAsync(string id, CancellationToken cancellationToken);

    /// <summary>All of them, sorted by id, so by age.</summary>
    IAsyncEnumerable<Journey> ListAllAsync(CancellationToken cancellationToken);

    /// <summary>Null when the key is taken.</summary>
    Task<Journey?> TryCreateAsync(Journey journey, CancellationToken cancellationToken);

    /// <summary>Replaces the version that <see cref="Journey.Version"/> names; null when that is not the current one.</summary>
    Task<Journey?> TryReplaceAsync(Journey journey, CancellationToken cancellationToken);

    /// <summary>Deletes the version that <see cref="Journey.Version"/> names; false when another is current, true when there is none (any more).</summary>
    Task<bool> TryDeleteAsync(Journey journey, CancellationToken cancellationToken);
}
