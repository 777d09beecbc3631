using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AudienceSync.Campaigns;

namespace AudienceSync.Fakes;

/// <summary>Campaigns and the holdout in memory, as JSON: what is read was written as it is stored. Thread-safe.</summary>
internal sealed class MemoryCampaignStore : ICampaignStore, IHoldoutStore
{
    private readonly SortedDictionary<string, (byte[] Json, int Version)> _campaigns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _allocations = [];
    private readonly Lock _lock = new();
    private (byte[] Json, int Version)? _holdout;
    private int _version;

    /// <summary>Runs before each change: the place for a rival.</summary>
    public Action? BeforeWrite { get; set; }

    public Task<Campaign?> GetAsync(string id, CancellationToken cancellationToken) => Locked(() => Find(id));

    public async IAsyncEnumerable<Campaign> ListAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var campaign in await Locked<Campaign[]>(() => [.. _campaigns.Keys.Select(id => Find(id)!)]))
        {
            yield return campaign;
        }
    }

    public Task<Campaign?> TryCreateAsync(Campaign campaign, CancellationToken cancellationToken) =>
        Locked(() => _campaigns.Keys.Any(id => Find(id)!.Key == campaign.Key) ? null : Put(campaign));

    public Task<Campaign?> TryReplaceAsync(Campaign campaign, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        return Locked(() => Find(campaign.Id)?.Version == campaign.Version ? Put(campaign) : null);
    }

    public Task<bool> TryDeleteAsync(Campaign campaign, CancellationToken cancellationToken)
    {
        BeforeWrite?.Invoke();
        return Locked(() =>
        {
            if (Find(campaign.Id) is { } current && current.Version != campaign.Version)
            {
                return false;
            }

            _campaigns.Remove(campaign.Id);
            _allocations.Remove(campaign.Id);
            return true;
        });
    }

    public Task<CountedAllocation?> ReadAllocationAsync(string campaignId, CancellationToken cancellationToken) =>
        Locked(() => _allocations.TryGetValue(campaignId, out var json) ? Read(json, CampaignsJson.Default.CountedAllocation) : null);

    public Task WriteAllocationAsync(string campaignId, CountedAllocation allocation, CancellationToken cancellationToken) =>
        Locked(() => _allocations[campaignId] = JsonSerializer.SerializeToUtf8Bytes(allocation, CampaignsJson.Default.CountedAllocation));

    Task<Holdout> IHoldoutStore.ReadAsync(CancellationToken cancellationToken) =>
        Locked(() => _holdout is var (json, version) ? Read(json, CampaignsJson.Default.Holdout) with { Version = $"v{version}" } : Holdout.None);

    Task<Holdout?> IHoldoutStore.TryWriteAsync(Holdout holdout, CancellationToken cancellationToken) => Locked(() =>
    {
        if ((_holdout is var (_, version) ? $"v{version}" : "") != holdout.Version)
        {
            return null;
        }

        _holdout = (JsonSerializer.SerializeToUtf8Bytes(holdout, CampaignsJson.Default.Holdout), ++_version);
        return holdout with { Version = $"v{_version}" };
    });

    private Campaign? Find(string id) =>
        _campaigns.TryGetValue(id, out var row) ? Read(row.Json, CampaignsJson.Default.Campaign) with { Version = $"v{row.Version}" } : null;

    private Campaign Put(Campaign campaign)
    {
        _campaigns[campaign.Id] = (JsonSerializer.SerializeToUtf8Bytes(campaign, CampaignsJson.Default.Campaign), ++_version);
        return Find(campaign.Id)!;
    }

    private static T Read<T>(byte[] json, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(json, type)!;

    private Task<T> Locked<T>(Func<T> work)
    {
        lock (_lock)
        {
            return Task.FromResult(work());
        }
    }
}
