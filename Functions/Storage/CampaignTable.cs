using AudienceSync.Campaigns;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>Campaigns: one partition, sorted by id; a row per key holds it against a second campaign. Allocations stand in a partition of their own.</summary>
internal sealed class CampaignTable(TableClient table) : DocumentTable<Campaign>(table, CampaignsJson.Default.Campaign), ICampaignStore
{
    private const string Partition = "campaign";
    private const string AllocationPartition = "allocation";
    private const string IdPrefix = "cmp_";

    protected override Campaign WithETag(Campaign value, string etag) => value with { Version = etag };

    public async Task<Campaign?> GetAsync(string id, CancellationToken cancellationToken) =>
        TableKeys.IsId(id, IdPrefix) ? await ReadAsync(Partition, id, cancellationToken) : null;

    public IAsyncEnumerable<Campaign> ListAllAsync(CancellationToken cancellationToken) =>
        ListAsync(Partition, IdPrefix, after: null, cancellationToken).Select(row => row.Value);

    public Task<Campaign?> TryCreateAsync(Campaign campaign, CancellationToken cancellationToken) =>
        InsertUniqueAsync(Partition, campaign.Id, KeyRow(campaign.Key), campaign, cancellationToken);

    public Task<Campaign?> TryReplaceAsync(Campaign campaign, CancellationToken cancellationToken) =>
        ReplaceAsync(Partition, campaign.Id, campaign, campaign.Version, cancellationToken);

    public async Task<bool> TryDeleteAsync(Campaign campaign, CancellationToken cancellationToken)
    {
        if (!await RemoveAsync(Partition, campaign.Id, campaign.Version, cancellationToken, KeyRow(campaign.Key)))
        {
            return false;
        }

        await RemoveAsync(AllocationPartition, campaign.Id, Values.ETags.Any, cancellationToken);
        return true;
    }

    public async Task<CountedAllocation?> ReadAllocationAsync(string campaignId, CancellationToken cancellationToken) =>
        await Table.GetEntityIfExistsAsync<TableEntity>(AllocationPartition, campaignId, cancellationToken: cancellationToken) is { HasValue: true, Value: var row }
            ? DocumentEntity.Read(row!, CampaignsJson.Default.CountedAllocation)
            : null;

    public async Task WriteAllocationAsync(string campaignId, CountedAllocation allocation, CancellationToken cancellationToken) =>
        await Table.UpsertEntityAsync(
            DocumentEntity.Write(AllocationPartition, campaignId, allocation, CampaignsJson.Default.CountedAllocation), TableUpdateMode.Replace, cancellationToken);

    private static string KeyRow(string key) => $"key-{TableKeys.Escape(key)}";
}
