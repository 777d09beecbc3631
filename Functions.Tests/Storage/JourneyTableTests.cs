using AudienceSync.Fakes;
using AudienceSync.Journeys;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

public sealed class JourneyTableTests : JourneyStoreContract, IAsyncLifetime
{
    private JourneyTable? _store;

    protected override IJourneyStore Store => _store!;

    public async Task InitializeAsync()
    {
        var table = new TableClient(await AzuriteFixture.NewAccountAsync(), TableNames.Journeys);
        await table.CreateIfNotExistsAsync();
        _store = new(table);
    }

    public Task DisposeAsync() => Task.CompletedTask;
}
