using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Suppressions;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Runs;

/// <summary>Deletes what is past its time: old runs with their outcomes, and pages that no profile set, ledger or kept run refers to.</summary>
/// <remarks>Marks first, then sweeps: a chain younger than <see cref="RunOptions.KeepOrphansFor"/> may belong to work that has not published it yet.</remarks>
public sealed partial class Retention(
    IRunStore runs, IBatchOutcomeStore outcomes, ILedgerStore ledgers, IRosterStore rosters, IProfileManifestStore profiles, ISuppressionStore suppressions, IPageStore pages,
    IRunSummaries summaries, RunOptions options, TimeProvider time, ILogger<Retention> logger)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var kept = new HashSet<string>(StringComparer.Ordinal);
        await summaries.TrimAsync(now - options.KeepSummariesFor, cancellationToken);
        var deletedRuns = await SweepRunsAsync(now, kept, cancellationToken);
        await MarkSetsAsync(kept, cancellationToken);

        var deletedChains = 0;
        await foreach (var chain in pages.ListAsync(now - options.KeepOrphansFor, cancellationToken))
        {
            if (!kept.Contains(chain))
            {
                await pages.DeleteAsync(chain, cancellationToken);
                deletedChains++;
            }
        }

        LogSwept(deletedRuns, deletedChains);
    }

    private async Task<int> SweepRunsAsync(DateTimeOffset now, HashSet<string> kept, CancellationToken cancellationToken)
    {
        var deleted = 0;
        string? after = null;
        do
        {
            var page = await runs.ListAsync(null, new(200, after), filter: null, cancellationToken);
            foreach (var run in page.Items)
            {
                if (!run.Status.IsActive() && run.FinishedAt < now - options.KeepFor)
                {
                    await outcomes.DeleteAsync(run.Id, cancellationToken);
                    await runs.DeleteAsync(run, cancellationToken);
                    deleted++;
                }
                else
                {
                    await MarkRunAsync(run, kept, cancellationToken);
                }
            }

            after = page.Next;
        }
        while (after is not null);
        return deleted;
    }

    private async Task MarkRunAsync(Run run, HashSet<string> kept, CancellationToken cancellationToken)
    {
        await foreach (var shard in runs.ReadShardsAsync(run.Id, RunStage.Plan, cancellationToken))
        {
            for (var phase = RunPhase.Upserts; phase <= RunPhase.Readds; phase++)
            {
                Keep(kept, shard.Plan!.Of(phase)?.Id);
            }

            Keep(kept, shard.Plan!.Notes?.Id);
        }

        if (!run.Status.IsActive())
        {
            return;
        }

        if (await runs.ReadInputAsync(run.Id, cancellationToken) is { } input)
        {
            foreach (var chain in input.Shards.Select(shard => shard.Chain).Concat(input.Suppressions?.Levels.Select(level => level.Chain) ?? []))
            {
                Keep(kept, chain);
            }
        }

        await foreach (var shard in runs.ReadShardsAsync(run.Id, RunStage.Snapshot, cancellationToken))
        {
            Keep(kept, shard.Snapshot!.Chain);
            Keep(kept, shard.Snapshot.Roster?.Chain);
        }

        await foreach (var shard in runs.ReadShardsAsync(run.Id, RunStage.Settle, cancellationToken))
        {
            Keep(kept, shard.Settle!.Chain);
        }
    }

    private async Task MarkSetsAsync(HashSet<string> kept, CancellationToken cancellationToken)
    {
        foreach (var shard in (await profiles.ReadAsync(cancellationToken)).Manifest.Shards)
        {
            Keep(kept, shard.Chain);
            Keep(kept, shard.Statistics);
        }

        foreach (var level in (await suppressions.ReadAsync(cancellationToken)).Manifest.Levels)
        {
            Keep(kept, level.Chain);
        }

        await foreach (var ledger in ledgers.ListAsync(cancellationToken))
        {
            foreach (var shard in ledger.Shards)
            {
                Keep(kept, shard.Chain);
            }
        }

        await foreach (var roster in rosters.ListAsync(cancellationToken))
        {
            foreach (var chain in roster.Chains)
            {
                Keep(kept, chain);
            }
        }
    }

    private static void Keep(HashSet<string> kept, string? chain)
    {
        if (chain is not null)
        {
            kept.Add(chain);
        }
    }

    [LoggerMessage(6040, LogLevel.Information, "Retention deleted {Runs} runs and {Chains} chains of pages")]
    private partial void LogSwept(int runs, int chains);
}
