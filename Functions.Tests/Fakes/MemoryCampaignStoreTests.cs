using AudienceSync.Campaigns;

namespace AudienceSync.Fakes;

public sealed class MemoryCampaignStoreTests : CampaignStoreContract
{
    private readonly MemoryCampaignStore _store = new();

    protected override ICampaignStore Store => _store;

    protected override IHoldoutStore Holdouts => _store;
}
