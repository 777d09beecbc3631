using System.Collections.Immutable;
using AudienceSync.Destinations;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Destinations: one partition, sorted by id; a row per key holds it against a second destination.</summary>
/// <remarks>There are hundreds at most: those of a connection are picked from all.</remarks>
internal sealed class DestinationTable(TableClient table) : DocumentTable<Destination>(table, DestinationJson.Default.Destination), IDestinationStore
{
    private const string Partition = "destination";
    private const string IdPrefix = "dst_";

    protected override Destination WithETag(Destination value, string etag) => value with { Version = etag };

    public async Task<Destination?> GetAsync(string id, CancellationToken cancellationToken) =>
        TableKeys.IsId(id, IdPrefix) ? await ReadAsync(Partition, id, cancellationToken) : null;

    public async Task<Destination?> FindByKeyAsync(string key, CancellationToken cancellationToken) =>
        await ReadUniqueAsync(Partition, KeyRow(key), cancellationToken) is { } id ? await GetAsync(id, cancellationToken) : null;

    public IAsyncEnumerable<Destination> ListAllAsync(CancellationToken cancellationToken) =>
        ListAsync(Partition, IdPrefix, after: null, cancellationToken).Select(row => row.Value);

    public Task<ImmutableArray<Destination>> ListByConnectionAsync(string connectionId, CancellationToken cancellationToken) =>
        PickAsync(destination => destination.Uses(connectionId), cancellationToken);

    public Task<Destination?> TryCreateAsync(Destination destination, CancellationToken cancellationToken) =>
        InsertUniqueAsync(Partition, destination.Id, KeyRow(destination.Key), destination, cancellationToken);

    public Task<Destination?> TryReplaceAsync(Destination destination, CancellationToken cancellationToken) =>
        ReplaceAsync(Partition, destination.Id, destination, destination.Version, cancellationToken);

    public Task<bool> TryDeleteAsync(Destination destination, CancellationToken cancellationToken) =>
        RemoveAsync(Partition, destination.Id, destination.Version, cancellationToken, KeyRow(destination.Key));

    private async Task<ImmutableArray<Destination>> PickAsync(Func<Destination, bool> isWanted, CancellationToken cancellationToken) =>
        [.. await ListAllAsync(cancellationToken).Where(isWanted).ToListAsync(cancellationToken)];

    private static string KeyRow(string key) => $"key-{TableKeys.Escape(key)}";
}
