using AudienceSync.Suppressions;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>The manifest of the suppression list, in the table of manifests.</summary>
internal sealed class SuppressionTable(TableServiceClient tables) : ISuppressionStore
{
    private readonly FencedDocument<SuppressionManifest> _document =
        new(tables.GetTableClient(TableNames.Manifests), "suppressions", "manifest", SuppressionsJson.Default.SuppressionManifest);

    public async Task<(SuppressionManifest Manifest, string? ETag)> ReadAsync(CancellationToken cancellationToken)
    {
        var (manifest, etag) = await _document.ReadAsync(cancellationToken);
        return (manifest ?? SuppressionManifest.Empty, etag);
    }

    public Task<bool> TryReplaceAsync(SuppressionManifest manifest, string? etag, CancellationToken cancellationToken) =>
        _document.TryReplaceAsync(manifest, etag, cancellationToken);
}
