using AudienceSync.Destinations;
using AudienceSync.Fakes;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

public sealed class DestinationTableTests : DestinationStoreContract, IAsyncLifetime
{
    private DestinationTable? _store;
    private DestinationStateTable? _states;

    protected override IDestinationStore Store => _store!;

    protected override IDestinationStateStore States => _states!;

    public async Task InitializeAsync()
    {
        var table = new TableClient(await AzuriteFixture.NewAccountAsync(), TableNames.Destinations);
        await table.CreateIfNotExistsAsync();
        (_store, _states) = (new(table), new(table));
    }

    public Task DisposeAsync() => Task.CompletedTask;
}
