using AudienceSync.Runs;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>The roster of each destination, in the table of manifests.</summary>
internal sealed class RosterTable(TableClient table) : DocumentTable<RosterManifest>(table, RunsJson.Default.RosterManifest), IRosterStore
{
    private const string Partition = "roster";
    private const string Prefix = "dst";

    protected override RosterManifest WithETag(RosterManifest value, string etag) => value with { ETag = etag };

    public Task<RosterManifest?> ReadAsync(string destinationId, CancellationToken cancellationToken) => ReadAsync(Partition, destinationId, cancellationToken);

    public Task<RosterManifest?> PublishAsync(RosterManifest manifest, CancellationToken cancellationToken) => manifest.ETag is ""
        ? InsertAsync(Partition, manifest.DestinationId, manifest, cancellationToken)
        : ReplaceAsync(Partition, manifest.DestinationId, manifest, manifest.ETag, cancellationToken);

    public Task DeleteAsync(string destinationId, CancellationToken cancellationToken) => RemoveAsync(Partition, destinationId, "*", cancellationToken);

    public IAsyncEnumerable<RosterManifest> ListAsync(CancellationToken cancellationToken) =>
        ListAsync(Partition, Prefix, after: null, cancellationToken).Select(found => found.Value);
}
