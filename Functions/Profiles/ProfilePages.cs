using System.Runtime.CompilerServices;
using AudienceSync.Pages;

namespace AudienceSync.Profiles;

/// <summary>All profiles as they are now, page by page in the order of their keys: for those who look at everyone once.</summary>
public sealed class ProfilePages(IProfileShards profiles, IPageStore pages)
{
    /// <summary>Folds the inbox first. A page may be disposed of when the next one comes.</summary>
    /// <param name="first">Pages that end below this key are left out.</param>
    public async IAsyncEnumerable<PageReader> ReadAsync(ulong first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var set = await profiles.FoldAsync(cancellationToken);
        foreach (var (index, shard) in set.Shards.Index())
        {
            if (shard.Chain is not { } chain || KeyRange.OfShard(index, set.ShardBits).Last < first)
            {
                continue;
            }

            await foreach (var page in pages.ReadAsync(chain, new(first, ulong.MaxValue), PageParts.Whole, cancellationToken))
            {
                yield return page;
            }
        }
    }

    public IAsyncEnumerable<PageReader> ReadAsync(CancellationToken cancellationToken) => ReadAsync(first: 0, cancellationToken);
}
