using System.Runtime.CompilerServices;
using AudienceSync.Pages;

namespace AudienceSync.Runs;

/// <summary>Reads a ledger by key range, whatever number of shards it was written with.</summary>
internal static class LedgerPages
{
    /// <summary>Pages that overlap the range, in order of keys; their first and last rows may lie outside.</summary>
    public static async IAsyncEnumerable<PageReader> ReadAsync(
        IPageStore pages, LedgerManifest ledger, KeyRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var shard = 0; shard < ledger.Shards.Length; shard++)
        {
            if (ledger.Shards[shard].Chain is not { } chain || !KeyRange.OfShard(shard, ledger.ShardBits).Overlaps(range))
            {
                continue;
            }

            await foreach (var page in pages.ReadAsync(chain, range, PageParts.Whole, cancellationToken))
            {
                yield return page;
            }
        }
    }
}
