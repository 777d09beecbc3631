using AudienceSync.Runs;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>The manifest of each destination's ledger, in the table of manifests.</summary>
internal sealed class LedgerTable(TableClient table) : DocumentTable<LedgerManifest>(table, RunsJson.Default.LedgerManifest), ILedgerStore
{
    private const string Partition = "ledger";
    private const string Prefix = "dst";

    protected override LedgerManifest WithETag(LedgerManifest value, string etag) => value with { ETag = etag };

    public async Task<LedgerManifest> ReadAsync(string destinationId, CancellationToken cancellationToken) =>
        await ReadAsync(Partition, destinationId, cancellationToken) ?? LedgerManifest.Empty(destinationId);

    public Task<LedgerManifest?> PublishAsync(LedgerManifest manifest, CancellationToken cancellationToken) => manifest.ETag is ""
        ? InsertAsync(Partition, manifest.DestinationId, manifest, cancellationToken)
        : ReplaceAsync(Partition, manifest.DestinationId, manifest, manifest.ETag, cancellationToken);

    public Task DeleteAsync(string destinationId, CancellationToken cancellationToken) => RemoveAsync(Partition, destinationId, "*", cancellationToken);

    public IAsyncEnumerable<LedgerManifest> ListAsync(CancellationToken cancellationToken) =>
        ListAsync(Partition, Prefix, after: null, cancellationToken).Select(found => found.Value);
}
