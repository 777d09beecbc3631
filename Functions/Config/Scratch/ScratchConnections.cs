using AudienceSync.Connections;

namespace AudienceSync.Config.Scratch;

/// <summary>Connections of a rehearsal.</summary>
internal sealed class ScratchConnections : IConnectionStore
{
    public ScratchTable<Connection> Table { get; } = new(
        connection => connection.Id, connection => connection.Key, connection => connection.Version, (connection, version) => connection with { Version = version });

    public Task<Connection?> GetAsync(string id, CancellationToken cancellationToken) => Task.FromResult(Table.Find(id));

    public IAsyncEnumerable<Connection> ListAllAsync(CancellationToken cancellationToken) => Table.ListAsync();

    public Task<Connection?> TryCreateAsync(Connection connection, CancellationToken cancellationToken) => Table.TryCreateAsync(connection);

    public Task<Connection?> TryReplaceAsync(Connection connection, CancellationToken cancellationToken) => Table.TryReplaceAsync(connection);

    public Task<bool> TryDeleteAsync(Connection connection, CancellationToken cancellationToken) => Table.TryDeleteAsync(connection);
}

/// <summary>A vault that is read and never written: what a rehearsal keeps stays in memory.</summary>
internal sealed class ScratchVault(ISecretVault vault) : ISecretVault
{
    private readonly Dictionary<string, string> _kept = new(StringComparer.Ordinal);

    public Task SetAsync(string name, string value, CancellationToken cancellationToken)
    {
        _kept[name] = value;
        return Task.CompletedTask;
    }

    public async Task<string?> FindAsync(string name, CancellationToken cancellationToken) =>
        _kept.TryGetValue(name, out var value) ? value : await vault.FindAsync(name, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => Task.CompletedTask;
}
