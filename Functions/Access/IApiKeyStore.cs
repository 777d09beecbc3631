namespace AudienceSync.Access;

/// <summary>Keeps API keys. There are few (<see cref="ApiKeyService.MaxKeys"/>), so they are read all at once.</summary>
public interface IApiKeyStore
{
    /// <summary>All keys, in the order of their ids, each with its ETag.</summary>
    Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken);

    Task<ApiKey?> FindAsync(string id, CancellationToken cancellationToken);

    Task AddAsync(ApiKey key, CancellationToken cancellationToken);

    /// <summary>Puts the record in place of the one it was read as.</summary>
    /// <returns>False when the key has changed since, by its ETag, or is gone.</returns>
    Task<bool> TryReplaceAsync(ApiKey key, CancellationToken cancellationToken);

    /// <summary>Sets when the key was last used, whatever else has changed. Does nothing when the key is gone.</summary>
    Task NoteUseAsync(string id, DateTimeOffset at, CancellationToken cancellationToken);

    /// <returns>False when there was none.</returns>
    Task<bool> DeleteAsync(string id, CancellationToken cancellationToken);
}
