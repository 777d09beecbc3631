using System.Collections.Immutable;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles.Attributes;

namespace AudienceSync.Profiles;

/// <summary>Merges pending operations into shards: untouched shards keep their chain, the others get new ones; a shard may be cut on the way.</summary>
/// <remarks>Shards are written side by side. Of each, a few pages of the old and of the new chain are in memory, beside the pending operations and the shard's statistics.</remarks>
/// <param name="bits">Shard bits of the result, at least those of the old manifest.</param>
/// <param name="degree">Shards written at a time.</param>
internal sealed class ShardRewrite(
    IPageStore pages, MemberHasher hasher, TimeProvider time, ProfileManifest old, int bits, PendingOperations pending, int degree)
{
    private readonly ProfileShard[] _shards = new ProfileShard[1 << bits];
    private readonly List<string> _written = [];
    private int _skipped;

    /// <summary>Chains written, also when this did not end.</summary>
    public IReadOnlyList<string> Written => _written;

    /// <summary>Operations left out because a profile would have grown too large.</summary>
    public int Skipped => _skipped;

    public async Task<ImmutableArray<ProfileShard>> RunAsync(CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = degree, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, _shards.Length, options, async (shard, token) => _shards[shard] = await RewriteAsync(shard, token));
        return [.. _shards];
    }

    private async ValueTask<ProfileShard> RewriteAsync(int shard, CancellationToken cancellationToken)
    {
        var range = KeyRange.OfShard(shard, bits);
        var before = old.Shards[shard >> (bits - old.ShardBits)];
        if (bits == old.ShardBits && !pending.AnyIn(range))
        {
            return before;
        }

        var statistics = new ShardStatistics(hasher);
        var writer = new ChainWriter(pages, NewId.Create("pg", time)) { OnSealed = page => statistics.Add(PageReader.Open(page, $"shard {shard}, page {page.Number}")) };
        var merge = new ShardMerge(writer, hasher, range, pending.In(range));
        var chain = Keep(await merge.RunAsync(
            before.Chain is { } earlier ? pages.ReadAsync(earlier, range, PageParts.Whole, cancellationToken) : AsyncEnumerable.Empty<PageReader>(), cancellationToken));
        Interlocked.Add(ref _skipped, merge.Skipped);
        return new(chain, merge.Rows, Keep(await statistics.WriteAsync(new(pages, NewId.Create("pg", time)), cancellationToken)));
    }

    private string? Keep(string? chain)
    {
        if (chain is not null)
        {
            lock (_written)
            {
                _written.Add(chain);
            }
        }

        return chain;
    }
}
