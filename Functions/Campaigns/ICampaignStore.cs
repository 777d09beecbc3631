namespace AudienceSync.Campaigns;

/// <summary>Keeps campaigns, and of each the allocation that was counted last. Every returned campaign carries its <see cref="Campaign.Version"/>.</summary>
public interface ICampaignStore
{
    Task<Campaign?> GetAsync(string id, CancellationToken cancellationToken);

    /// <summary>All of them, sorted by id, so by age.</summary>
    IAsyncEnumerable<Campaign> ListAllAsync(CancellationToken cancellationToken);

    /// <summary>Null when the key is taken.</summary>
    Task<Campaign?> TryCreateAsync(Campaign campaign, CancellationToken cancellationToken);

    /// <summary>Replaces the version that <see cref="Campaign.Version"/> names; null when that is not the current one.</summary>
    Task<Campaign?> TryReplaceAsync(Campaign campaign, CancellationToken cancellationToken);

    /// <summary>Deletes the version that <see cref="Campaign.Version"/> names, with its allocation; false when another is current, true when there is none (any more).</summary>
    Task<bool> TryDeleteAsync(Campaign campaign, CancellationToken cancellationToken);

    /// <summary>Null when none was kept.</summary>
    Task<CountedAllocation?> ReadAllocationAsync(string campaignId, CancellationToken cancellationToken);

    /// <summary>Writes over the one before.</summary>
    Task WriteAllocationAsync(string campaignId, CountedAllocation allocation, CancellationToken cancellationToken);
}

/// <summary>By what an allocation was counted: what a later one is compared with.</summary>
public sealed record CountedAllocation(DateTimeOffset CountedAt, ResolvedCampaign Basis);
