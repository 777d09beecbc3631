namespace AudienceSync.Profiles;

/// <summary>Keeps the catalogue of attributes: one document behind an ETag.</summary>
public interface IAttributeCatalogStore
{
    /// <returns><see cref="AttributeDocument.Empty"/> and a null ETag when none was written yet.</returns>
    Task<(AttributeDocument Document, string? ETag)> ReadAsync(CancellationToken cancellationToken);

    /// <returns>False when the document is no longer the one of the ETag; null writes the first.</returns>
    Task<bool> TryReplaceAsync(AttributeDocument document, string? etag, CancellationToken cancellationToken);
}
