using AudienceSync.Journeys;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Journeys: one partition, sorted by id; a row per key holds it against a second journey.</summary>
internal sealed class JourneyTable(TableClient table) : DocumentTable<Journey>(table, JourneysJson.Default.Journey), IJourneyStore
{
    private const string Partition = "journey";
    private const string IdPrefix = "jrn_";

    protected override Journey WithETag(Journey value, string etag) => value with { Version = etag };

    public async Task<Journey?> GetAsync(string id, CancellationToken cancellationToken) =>
        TableKeys.IsId(id, IdPrefix) ? await ReadAsync(Partition, id, cancellationToken) : null;

    public IAsyncEnumerable<Journey> ListAllAsync(CancellationToken cancellationToken) =>
        ListAsync(Partition, IdPrefix, after: null, cancellationToken).Select(row => row.Value);

    public Task<Journey?> TryCreateAsync(Journey journey, CancellationToken cancellationToken) =>
        InsertUniqueAsync(Partition, journey.Id, KeyRow(journey.Key), journey, cancellationToken);

    public Task<Journey?> TryReplaceAsync(Journey journey, CancellationToken cancellationToken) =>
        ReplaceAsync(Partition, journey.Id, journey, journey.Version, cancellationToken);

    public Task<bool> TryDeleteAsync(Journey journey, CancellationToken cancellationToken) =>
        RemoveAsync(Partition, journey.Id, journey.Version, cancellationToken, KeyRow(journey.Key));

    private static string KeyRow(string key) => $"key-{TableKeys.Escape(key)}";
}
