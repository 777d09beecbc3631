using System.Collections.Immutable;
using AudienceSync.Ids;
using AudienceSync.Pages;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Profiles;

/// <summary>Merges the inbox into the profile shards, round by round, each published by one replacement of the manifest.</summary>
/// <remarks>
/// Safe against crashes and rivals at every step. A round writes new chains that nobody sees, then replaces the manifest under its ETag, then
/// deletes the inbox pages it took. The manifest names those pages, so whoever comes after a crash deletes them before it lists the inbox: no page is
/// merged twice. Of two folds at once the second to publish throws its chains away and begins anew. Old chains stay for their readers; retention drops them.
/// </remarks>
public sealed partial class ProfileFold(
    IProfileManifestStore manifests, IProfileInbox inbox, IPageStore pages, MemberHasher hasher, TimeProvider time, ILogger<ProfileFold> logger, FoldLimits limits)
    : IProfileShards
{
    public async Task<ProfileSet> FoldAsync(CancellationToken cancellationToken)
    {
        for (var conflicts = 0; ;)
        {
            var (manifest, etag) = await manifests.ReadAsync(cancellationToken);
            if (!manifest.Folded.IsEmpty)
            {
                await inbox.DeleteAsync(manifest.Folded, cancellationToken);
            }

            var (round, isLast) = await TakeAsync(manifest.Folded, cancellationToken);
            var pending = new PendingOperations([.. round.Select(page => page.Rows)]);

            // Everyone pending may be new: a shard that will be too large is cut as it is written, and not again behind that.
            var bits = BitsFor(manifest, manifest.Shards.Sum(shard => shard.Rows) + pending.CountProfiles());
            if (round.Count == 0 && bits == manifest.ShardBits)
            {
                return manifest.ToSet();
            }

            var published = await RunRoundAsync(manifest, etag, bits, round, pending, cancellationToken);
            if (published is null)
            {
                if (++conflicts > limits.MaxConflicts)
                {
                    throw new InvalidOperationException($"Other folds published first {conflicts} times in a row. The inbox is untouched; fold again later.");
                }
            }
            else if (isLast && BitsFor(published, published.Shards.Sum(shard => shard.Rows)) == published.ShardBits)
            {
                return published.ToSet();
            }
        }
    }

    /// <summary>Folds when much waits in the inbox: reads of single profiles list all of it.</summary>
    public async Task FoldWhenGrownAsync(CancellationToken cancellationToken)
    {
        if (await inbox.ListAsync(PageParts.KeysAndHashes, cancellationToken).Skip(limits.PagesUnasked - 1).AnyAsync(cancellationToken))
        {
            await FoldAsync(cancellationToken);
        }
    }

    /// <summary>The oldest pages of the inbox, as many as a round takes.</summary>
    /// <returns>Whether these are all that were listed.</returns>
    private async Task<(List<InboxPage> Pages, bool IsLast)> TakeAsync(ImmutableArray<string> folded, CancellationToken cancellationToken)
    {
        var taken = new List<InboxPage>();
        var rows = 0;
        await foreach (var page in inbox.ListAsync(PageParts.Whole, cancellationToken))
        {
            if (taken.Count == limits.PagesPerRound || rows >= limits.RowsPerRound)
            {
                return (taken, false);
            }

            if (!folded.Contains(page.Id, StringComparer.Ordinal))
            {
                taken.Add(page);
                rows += page.Rows.Count;
            }
        }

        return (taken, true);
    }

    /// <summary>The manifest published; null when another fold came first.</summary>
    private async Task<ProfileManifest?> RunRoundAsync(
        ProfileManifest manifest, string? etag, int bits, List<InboxPage> round, PendingOperations pending, CancellationToken cancellationToken)
    {
        var rewrite = new ShardRewrite(pages, hasher, time, manifest, bits, pending, limits.ShardsAtATime);
        var next = new ProfileManifest(
            manifest.Version + 1, NewId.Ulid(time.GetUtcNow()), bits, await rewrite.RunAsync(cancellationToken), [.. round.Select(page => page.Id)]);
        if (!await manifests.TryReplaceAsync(next, etag, cancellationToken) && !await IsOursAsync(next, rewrite.Written, cancellationToken))
        {
            return null;
        }

        LogFolded(logger, next.Version, round.Count, next.Shards.Sum(shard => shard.Rows), bits);
        if (rewrite.Skipped > 0)
        {
            LogTooLarge(logger, rewrite.Skipped, ProfileSize.MaxProfileBytes);
        }

        await inbox.DeleteAsync(next.Folded, cancellationToken);
        return next;
    }

    /// <summary>After a refused write: whether it was ours all the same.</summary>
    /// <remarks>
    /// A client that repeats a conditional write whose answer was lost is told "conflict" by its own success. Chains are deleted only when another
    /// publication surely took our place; in doubt they are left to retention, which knows what is in use.
    /// </remarks>
    private async Task<bool> IsOursAsync(ProfileManifest ours, IReadOnlyList<string> written, CancellationToken cancellationToken)
    {
        var (current, _) = await manifests.ReadAsync(cancellationToken);
        if (current.Publication == ours.Publication)
        {
            return true;
        }

        LogConflict(logger, ours.Version, current.Version);
        if (current.Version == ours.Version)
        {
            foreach (var chain in written)
            {
                await pages.DeleteAsync(chain, cancellationToken);
            }
        }

        return false;
    }

    /// <summary>The bits at which shards hold no more than they should on average; never fewer than now.</summary>
    private int BitsFor(ProfileManifest manifest, long rows)
    {
        var bits = manifest.ShardBits;
        while (bits < limits.MaxShardBits && rows >> bits > limits.RowsPerShard)
        {
            bits++;
        }

        return bits;
    }

    [LoggerMessage(2001, LogLevel.Information, "Published profiles version {Version}: folded {Pages} inbox pages, {Rows} profiles in 2^{Bits} shards.")]
    private static partial void LogFolded(ILogger logger, long version, int pages, long rows, int bits);

    [LoggerMessage(2002, LogLevel.Information, "Fold to version {Version} lost to another publication (now version {Current}); begins anew.")]
    private static partial void LogConflict(ILogger logger, long version, long current);

    [LoggerMessage(2003, LogLevel.Warning, "Left out {Skipped} operations: their profiles would have grown past {Limit} bytes.")]
    private static partial void LogTooLarge(ILogger logger, int skipped, int limit);
}
