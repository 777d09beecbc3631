using AudienceSync.Campaigns;
using AudienceSync.Journeys;

namespace AudienceSync.Config.Scratch;

/// <summary>Campaigns and the holdout of a rehearsal.</summary>
internal sealed class ScratchCampaigns : ICampaignStore, IHoldoutStore
{
    public ScratchTable<Campaign> Table { get; } = new(
        campaign => campaign.Id, campaign => campaign.Key, campaign => campaign.Version, (campaign, version) => campaign with { Version = version });

    public Holdout Holdout { get; set; } = Holdout.None;

    public Task<Campaign?> GetAsync(string id, CancellationToken cancellationToken) => Task.FromResult(Table.Find(id));

    public IAsyncEnumerable<Campaign> ListAllAsync(CancellationToken cancellationToken) => Table.ListAsync();

    public Task<Campaign?> TryCreateAsync(Campaign campaign, CancellationToken cancellationToken) => Table.TryCreateAsync(campaign);

    public Task<Campaign?> TryReplaceAsync(Campaign campaign, CancellationToken cancellationToken) => Table.TryReplaceAsync(campaign);

    public Task<bool> TryDeleteAsync(Campaign campaign, CancellationToken cancellationToken) => Table.TryDeleteAsync(campaign);

    public Task<CountedAllocation?> ReadAllocationAsync(string campaignId, CancellationToken cancellationToken) => Task.FromResult<CountedAllocation?>(null);

    public Task WriteAllocationAsync(string campaignId, CountedAllocation allocation, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<Holdout> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(Holdout);

    public Task<Holdout?> TryWriteAsync(Holdout holdout, CancellationToken cancellationToken) => Task.FromResult<Holdout?>(Holdout = holdout);
}

/// <summary>Journeys of a rehearsal.</summary>
internal sealed class ScratchJourneys : IJourneyStore
{
    public ScratchTable<Journey> Table { get; } = new(
        journey => journey.Id, journey => journey.Key, journey => journey.Version, (journey, version) => journey with { Version = version });

    public Task<Journey?> GetAsync(string id, CancellationToken cancellationToken) => Task.FromResult(Table.Find(id));

    public IAsyncEnumerable<Journey> ListAllAsync(CancellationToken cancellationToken) => Table.ListAsync();

    public Task<Journey?> TryCreateAsync(Journey journey, CancellationToken cancellationToken) => Table.TryCreateAsync(journey);

    public Task<Journey?> TryReplaceAsync(Journey journey, CancellationToken cancellationToken) => Table.TryReplaceAsync(journey);

    public Task<bool> TryDeleteAsync(Journey journey, CancellationToken cancellationToken) => Table.TryDeleteAsync(journey);
}
