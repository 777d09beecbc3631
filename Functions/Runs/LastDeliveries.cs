using AudienceSync.Pages;
using AudienceSync.Profiles;

namespace AudienceSync.Runs;

/// <summary>Finds the last operation that a destination's runs planned for one profile, and what became of it.</summary>
internal sealed class LastDeliveries(IRunStore runs, IBatchOutcomeStore outcomes, IPageStore pages)
{
    /// <summary>Runs looked back over, and of these the ones that sent anything. Ours: a page or two are read of each.</summary>
    public const int MaxRuns = 200;

    private const int MaxSendingRuns = 50;

    /// <returns>Null when none of the runs looked at had anything for the profile.</returns>
    public async Task<(Run Run, RunRowView Row)?> FindAsync(string destinationId, ulong key, string profileId, CancellationToken cancellationToken)
    {
        var sending = 0;
        var latest = await runs.ListAsync(destinationId, new(MaxRuns, null), run => !run.DryRun && run.Planned.Total > 0, cancellationToken);
        foreach (var run in latest.Items)
        {
            if (await FindAsync(run, key, profileId, cancellationToken) is { } row)
            {
                return (run, row);
            }

            if (++sending == MaxSendingRuns)
            {
                break;
            }
        }

        return null;
    }

    private async Task<RunRowView?> FindAsync(Run run, ulong key, string profileId, CancellationToken cancellationToken)
    {
        var shard = run.ShardBits == 0 ? 0 : (int)(key >> (64 - run.ShardBits));
        if ((await runs.FindShardAsync(run.Id, RunStage.Plan, shard, cancellationToken))?.Plan is not { } plan)
        {
            return null;
        }

        // Of a member who was removed under an old key and added under a new one, the add is the last.
        for (var phase = RunPhase.Readds; phase >= RunPhase.Upserts; phase--)
        {
            if (plan.Of(phase) is not { } chain)
            {
                continue;
            }

            await foreach (var page in pages.ReadAsync(chain.Id, new(key, key), PageParts.Whole, cancellationToken))
            {
                for (var row = page.Keys.IndexOf(key); row >= 0 && row < page.Count && page.Keys[row] == key; row++)
                {
                    if (RowIds.ProfileOf(new RowRef(page, row)[LedgerColumns.Id].AsText()) == profileId)
                    {
                        return await RunRows.ViewAsync(run, outcomes, phase, shard, page, row, cancellationToken);
                    }
                }
            }
        }

        return null;
    }
}
