using System.Collections.Frozen;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Runs;
using AudienceSync.Suppressions;

namespace AudienceSync.Erasures;

/// <summary>Takes people out of chains of pages that nothing refers to any more: old shards of profiles, generations, old ledgers, what a worker left that died.</summary>
/// <remarks>
/// What is in use is left alone and looked at again later: the rows of profiles and ledgers that are now, what runs under way read, and what a run may be writing
/// at the moment. A profile that came in again after the erasure is another profile.
/// </remarks>
public sealed class ChainPurge(
    IRunStore runs, IRunLeases leases, ILedgerStore ledgers, IProfileManifestStore profiles, ISuppressionStore suppressions, MemberSearch search, PageRedaction redaction)
{
    /// <summary>What must not be touched at the moment.</summary>
    /// <param name="Current">Chains of profiles, ledgers and the suppression list as they are now.</param>
    /// <param name="Read">Chains that runs under way read.</param>
    /// <param name="Since">Start of the oldest run under way: what is younger and in no list may be about to be published.</param>
    internal sealed record InUse(FrozenSet<string> Current, FrozenSet<string> Read, DateTimeOffset? Since);

    /// <param name="people">Whose runs have not all been looked at.</param>
    internal async Task<InUse> ReadAsync(ErasedPeople people, CancellationToken cancellationToken)
    {
        HashSet<string?> current = [.. (await profiles.ReadAsync(cancellationToken)).Manifest.Shards.Select(shard => shard.Chain)];
        current.UnionWith((await suppressions.ReadAsync(cancellationToken)).Manifest.Levels.Select(level => level.Chain));
        await foreach (var ledger in ledgers.ListAsync(cancellationToken))
        {
            current.UnionWith(ledger.Shards.Select(shard => shard.Chain));
        }

        HashSet<string> read = [];
        DateTimeOffset? since = null;
        await foreach (var lease in leases.ListHeldAsync(cancellationToken))
        {
            if (await runs.FindAsync(lease.RunId!, cancellationToken) is { } run && run.Status.IsActive())
            {
                read.UnionWith(await RunChains.OfAsync(runs, run, cancellationToken));
                since = since < run.StartedAt ? since : run.StartedAt;
            }
        }

        foreach (var runId in people.All.SelectMany(person => person.Erasure.Receipts).Where(receipt => receipt.IsRunning).Select(receipt => receipt.RunId!).Distinct())
        {
            if (await runs.FindAsync(runId, cancellationToken) is { } run)
            {
                read.UnionWith(await RunChains.OfAsync(runs, run, cancellationToken));
            }
        }

        return new(current.OfType<string>().ToFrozenSet(StringComparer.Ordinal), read.ToFrozenSet(StringComparer.Ordinal), since);
    }

    /// <returns>How many places named one of them, those that had to be left alone counted.</returns>
    internal async Task<int> PurgeAsync(string chain, ErasedPeople people, InUse inUse, CancellationToken cancellationToken)
    {
        if (inUse.Current.Contains(chain))
        {
            return 0;
        }

        var madeAt = NewId.TimeOf(chain);
        var isInUse = inUse.Read.Contains(chain) || madeAt >= inUse.Since;
        var found = 0;
        await search.ForEachPageAsync(
            chain, people,
            async (page, rows) =>
            {
                var theirs = rows.Where(row => !IsLater(page, row.Value, madeAt)).Select(row => row.Key).ToList();
                found += theirs.Count;
                if (theirs.Count > 0 && !isInUse)
                {
                    await redaction.ApplyAsync(chain, page, theirs, cancellationToken);
                }
            },
            cancellationToken);
        return found;
    }

    /// <summary>Whether it is a profile that came in after the erasure.</summary>
    private static bool IsLater(PageReader page, ErasedPerson person, DateTimeOffset? madeAt) =>
        madeAt >= person.Erasure.FoldedAt && page.Find(ProfileColumns.UpdatedAt) is not null;
}
