using AudienceSync.Campaigns;
using AudienceSync.Fakes;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

public sealed class CampaignTableTests : CampaignStoreContract, IAsyncLifetime
{
    private CampaignTable? _store;
    private HoldoutTable? _holdouts;

    protected override ICampaignStore Store => _store!;

    protected override IHoldoutStore Holdouts => _holdouts!;

    public async Task InitializeAsync()
    {
        var table = new TableClient(await AzuriteFixture.NewAccountAsync(), TableNames.Campaigns);
        await table.CreateIfNotExistsAsync();
        (_store, _holdouts) = (new(table), new(table));
    }

    public Task DisposeAsync() => Task.CompletedTask;
}
