using AudienceSync.Pages;

namespace AudienceSync.Profiles.Attributes;

/// <summary>The statistics of all profiles there are: what was kept of each shard, put together once for each publication and remembered.</summary>
/// <remarks>Reads a page or two a shard and holds those of one at a time. Thread-safe.</remarks>
public sealed class ProfileStatistics(IProfileShards profiles, IPageStore pages, MemberHasher hasher)
{
    private volatile Known? _known;

    /// <summary>As of all operations taken in before the call.</summary>
    /// <returns>How many profiles there are, and what is known of each name that any of them has a value for.</returns>
    internal async Task<(long Profiles, IReadOnlyDictionary<string, AttributeStatistics> Attributes)> ReadAsync(CancellationToken cancellationToken)
    {
        var set = await profiles.FoldAsync(cancellationToken);
        if (_known is not { } known || known.Version != set.Version)
        {
            var statistics = new ShardStatistics(hasher);
            foreach (var shard in set.Shards)
            {
                await AddAsync(statistics, shard, cancellationToken);
            }

            _known = known = new(set.Version, statistics);
        }

        return (set.Shards.Sum(shard => shard.Rows), known.Statistics.Attributes);
    }

    private async Task AddAsync(ShardStatistics statistics, ProfileShard shard, CancellationToken cancellationToken)
    {
        if (shard.Statistics is { } kept)
        {
            await statistics.AddAsync(pages, kept, cancellationToken);
        }
        else if (shard.Chain is { } chain)
        {
            // Written before statistics were kept: counted here until the shard is written next.
            await foreach (var page in pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, cancellationToken))
            {
                statistics.Add(page);
            }
        }
    }

    private sealed record Known(long Version, ShardStatistics Statistics);
}
