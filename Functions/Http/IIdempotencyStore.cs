namespace AudienceSync.Http;

/// <summary>Remembers requests made under an <c>Idempotency-Key</c>, and how they were answered.</summary>
public interface IIdempotencyStore
{
    /// <summary>The record of that id with its ETag; one past its expiry may be answered or not.</summary>
    Task<IdempotencyRecord?> FindAsync(string id, CancellationToken cancellationToken);

    /// <returns>The new record's ETag; null when there is one of that id already.</returns>
    Task<string?> TryAddAsync(IdempotencyRecord record, CancellationToken cancellationToken);

    /// <summary>Puts the record in place of the one whose ETag it carries.</summary>
    /// <returns>The new ETag; null when the stored one has changed or is gone.</returns>
    Task<string?> TryReplaceAsync(IdempotencyRecord record, CancellationToken cancellationToken);

    /// <summary>Deletes the record if it still has that ETag.</summary>
    Task DeleteAsync(string id, string etag, CancellationToken cancellationToken);

    /// <summary>Deletes records whose answers are about any of these people, or about more than are named.</summary>
    /// <returns>How many there were.</returns>
    Task<int> DeleteAboutAsync(IReadOnlyCollection<string> people, CancellationToken cancellationToken);

    /// <summary>Deletes records that expired before.</summary>
    /// <returns>How many there were.</returns>
    Task<int> TrimAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
