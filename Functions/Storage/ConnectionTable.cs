using AudienceSync.Connections;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Connections: one partition, sorted by id; a row per key holds it against a second connection.</summary>
internal sealed class ConnectionTable(TableClient table) : DocumentTable<Connection>(table, ConnectionJson.Default.Connection), IConnectionStore
{
    private const string Partition = "connection";
    private const string IdPrefix = "con_";

    protected override Connection WithETag(Connection value, string etag) => value with { Version = etag };

    public async Task<Connection?> GetAsync(string id, CancellationToken cancellationToken) =>
        TableKeys.IsId(id, IdPrefix) ? await ReadAsync(Partition, id, cancellationToken) : null;

    public IAsyncEnumerable<Connection> ListAllAsync(CancellationToken cancellationToken) =>
        ListAsync(Partition, IdPrefix, after: null, cancellationToken).Select(row => row.Value);

    public Task<Connection?> TryCreateAsync(Connection connection, CancellationToken cancellationToken) =>
        InsertUniqueAsync(Partition, connection.Id, KeyRow(connection.Key), connection, cancellationToken);

    public Task<Connection?> TryReplaceAsync(Connection connection, CancellationToken cancellationToken) =>
        ReplaceAsync(Partition, connection.Id, connection, connection.Version, cancellationToken);

    public Task<bool> TryDeleteAsync(Connection connection, CancellationToken cancellationToken) =>
        RemoveAsync(Partition, connection.Id, connection.Version, cancellationToken, KeyRow(connection.Key));

    private static string KeyRow(string key) => $"key-{TableKeys.Escape(key)}";
}
