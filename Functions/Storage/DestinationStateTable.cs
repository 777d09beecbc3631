using AudienceSync.Destinations;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>How destinations' runs go: in the destinations' table, in a partition of its own.</summary>
internal sealed class DestinationStateTable(TableClient table)
    : DocumentTable<DestinationState>(table, DestinationJson.Default.DestinationState), IDestinationStateStore
{
    private const string Partition = "state";
    private const string IdPrefix = "dst_";

    protected override DestinationState WithETag(DestinationState value, string etag) => value with { Version = etag };

    public Task<DestinationState?> GetAsync(string destinationId, CancellationToken cancellationToken) => ReadAsync(Partition, destinationId, cancellationToken);

    public IAsyncEnumerable<DestinationState> ListAllAsync(CancellationToken cancellationToken) =>
        ListAsync(Partition, IdPrefix, after: null, cancellationToken).Select(row => row.Value);

    public Task<DestinationState?> TryWriteAsync(DestinationState state, CancellationToken cancellationToken) => state.Version.Length == 0
        ? InsertAsync(Partition, state.DestinationId, state, cancellationToken)
        : ReplaceAsync(Partition, state.DestinationId, state, state.Version, cancellationToken);

    public Task DeleteAsync(string destinationId, CancellationToken cancellationToken) =>
        RemoveAsync(Partition, destinationId, Values.ETags.Any, cancellationToken);
}
