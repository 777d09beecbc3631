using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Runs;

namespace AudienceSync.Erasures;

/// <summary>Takes people out of what is kept of a finished run: the rows of its plan, the outcomes of its batches, what was said to the platform, texts of errors.</summary>
/// <remarks>Rows keep their places and what was done with them, so that the run and the rows of others read as before.</remarks>
public sealed class RunPurge(IRunStore runs, IBatchOutcomeStore outcomes, IDeliveryRecords records, MemberSearch search, PageRedaction redaction)
{
    private static readonly RunPhase[] Phases = [RunPhase.Upserts, RunPhase.Updates, RunPhase.Removals, RunPhase.Readds];

    /// <param name="sawAsync">Told of each person whom the platform accepted something of in this run, and whether that was a removal, before it is forgotten.</param>
    /// <returns>How many places named one of them.</returns>
    public async Task<int> PurgeAsync(Run run, ErasedPeople people, Func<ErasedPerson, bool, Task> sawAsync, CancellationToken cancellationToken)
    {
        var found = await MaskAsync(run, people.Words, cancellationToken);
        foreach (var shard in people.All.GroupBy(person => ProfileManifest.ShardOf(person.Key, run.ShardBits)))
        {
            var among = new ErasedPeople(shard);
            if ((await runs.FindShardAsync(run.Id, RunStage.Plan, shard.Key, cancellationToken))?.Plan is { } plan)
            {
                found += await PurgeChainAsync(plan.Notes?.Id, among, cancellationToken);
                foreach (var phase in Phases)
                {
                    found += await PurgePlanAsync(run, phase, shard.Key, plan.Of(phase)?.Id, among, sawAsync, cancellationToken);
                }
            }

            // The batches of full files are pages of the generation.
            if (run.Spec?.FullFiles is true && (await runs.FindShardAsync(run.Id, RunStage.Snapshot, shard.Key, cancellationToken))?.Snapshot is { } snapshot)
            {
                found += await PurgePlanAsync(run, RunPhase.Upserts, shard.Key, snapshot.Chain, among, sawAsync, cancellationToken);
            }
        }

        return found;
    }

    private async Task<int> PurgePlanAsync(
        Run run, RunPhase phase, int shard, string? chain, ErasedPeople people, Func<ErasedPerson, bool, Task> sawAsync, CancellationToken cancellationToken)
    {
        if (chain is null)
        {
            return 0;
        }

        var found = 0;
        await search.ForEachPageAsync(
            chain, people,
            async (page, rows) =>
            {
                // What leads to a row goes before the row: whoever follows a crash finds the row again.
                foreach (var (row, person) in await AcceptedAsync(run, phase, shard, page, rows, cancellationToken))
                {
                    await sawAsync(person, run.Spec?.FullFiles is not true && BatchRows.Read(new(page, row)).Operation is DeliveryOperation.Remove);
                }

                await ForgetAsync(run.Id, phase, shard, page.Number, [.. rows.Keys], cancellationToken);
                if (await NumberAsync(run, phase, shard, page.Number, cancellationToken) is { } number)
                {
                    await records.ForgetAsync(run.DestinationId, run.Id, number, cancellationToken);
                }

                await redaction.ApplyAsync(chain, page, [.. rows.Keys], cancellationToken);
                found += rows.Count;
            },
            cancellationToken);
        return found;
    }

    private async Task<IEnumerable<KeyValuePair<int, ErasedPerson>>> AcceptedAsync(
        Run run, RunPhase phase, int shard, PageReader page, IReadOnlyDictionary<int, ErasedPerson> rows, CancellationToken cancellationToken)
    {
        if (run.Unpublished)
        {
            return [];
        }

        if (run.Spec?.FullFiles is true)
        {
            return rows.Where(_ => run.Published);
        }

        var fates = (await outcomes.FindAsync(run.Id, phase, shard, page.Number, cancellationToken))?.Expand(page.Count);
        return rows.Where(row => fates?[row.Key] is { Fate: RowFate.Accepted or RowFate.Uncertain });
    }

    private async Task<int> PurgeChainAsync(string? chain, ErasedPeople people, CancellationToken cancellationToken)
    {
        var found = 0;
        if (chain is not null)
        {
            await search.ForEachPageAsync(
                chain, people,
                async (page, rows) =>
                {
                    await redaction.ApplyAsync(chain, page, [.. rows.Keys], cancellationToken);
                    found += rows.Count;
                },
                cancellationToken);
        }

        return found;
    }

    private async Task ForgetAsync(string runId, RunPhase phase, int shard, int page, int[] rows, CancellationToken cancellationToken)
    {
        while (await outcomes.FindAsync(runId, phase, shard, page, cancellationToken) is { } record
            && record.Forget(rows) is { } emptied
            && await outcomes.WriteAsync(runId, emptied, cancellationToken) is null)
        {
        }
    }

    /// <summary>Number of a page's batch in its run; null when the run has no such batch.</summary>
    private async Task<int?> NumberAsync(Run run, RunPhase phase, int shard, int page, CancellationToken cancellationToken)
    {
        var before = 0;
        for (var earlier = RunPhase.Upserts; earlier < phase; earlier++)
        {
            before += (await BatchIndex.ReadAsync(runs, run, earlier, cancellationToken)).Count;
        }

        return (await BatchIndex.ReadAsync(runs, run, phase, cancellationToken)).NumberOf(shard, page) + before;
    }

    /// <summary>Platforms may name people in what they say about a whole batch.</summary>
    private async Task<int> MaskAsync(Run run, PersonWords words, CancellationToken cancellationToken)
    {
        var found = 0;
        await foreach (var shard in runs.ReadShardsAsync(run.Id, RunStage.Settle, cancellationToken))
        {
            if (shard.Settle is { Errors.IsEmpty: false } settle && settle with { Errors = [.. settle.Errors.Select(Mask)] } is var masked && !masked.Errors.SequenceEqual(settle.Errors))
            {
                await runs.ReplaceShardAsync(run.Id, RunStage.Settle, shard with { Settle = masked }, cancellationToken);
                found++;
            }
        }

        await runs.UpdateAsync(
            run.Id,
            current =>
            {
                var masked = current with { TopErrors = [.. current.TopErrors.Select(Mask)], Stopped = current.Stopped is { } stopped ? Mask(stopped) : null };
                var isClean = masked.TopErrors.SequenceEqual(current.TopErrors) && masked.Stopped == current.Stopped;
                found += isClean ? 0 : 1;
                return isClean ? null : masked;
            },
            cancellationToken);
        return found;

        RunError Mask(RunError error) => error.Detail is { } detail && words.Mask(detail) is var masked && masked != detail ? error with { Detail = masked } : error;
    }
}
