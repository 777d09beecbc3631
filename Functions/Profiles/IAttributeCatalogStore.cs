using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>Keeps the catalogue of attributes: one document behind an ETag.</summary>
public interface IAttributeCatalogStore
{
    /// <returns>An empty catalogue and a null ETag when none was written yet.</returns>
    Task<(ImmutableDictionary<string, ImmutableArray<CellType>> Attributes, string? ETag)> ReadAsync(CancellationToken cancellationToken);

    /// <returns>False when the document is no longer the one of the ETag; null writes the first.</returns>
    Task<bool> TryReplaceAsync(ImmutableDictionary<string, ImmutableArray<CellType>> attributes, string? etag, CancellationToken cancellationToken);
}
