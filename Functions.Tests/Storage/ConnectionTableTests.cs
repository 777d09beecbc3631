using AudienceSync.Connections;
using AudienceSync.Fakes;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

public sealed class ConnectionTableTests : ConnectionStoreContract, IAsyncLifetime
{
    private ConnectionTable? _store;

    protected override IConnectionStore Store => _store!;

    public async Task InitializeAsync()
    {
        var table = new TableClient(await AzuriteFixture.NewAccountAsync(), TableNames.Connections);
        await table.CreateIfNotExistsAsync();
        _store = new(table);
    }

    public Task DisposeAsync() => Task.CompletedTask;
}
