namespace AudienceSync.Runs;

/// <summary>The chains of pages that a run under way still reads.</summary>
internal static class RunChains
{
    public static async Task<IReadOnlyCollection<string>> OfAsync(IRunStore runs, Run run, CancellationToken cancellationToken)
    {
        List<string?> chains = [];
        if (run.Status is RunStatus.Queued or RunStatus.Snapshotting or RunStatus.Planning)
        {
            chains.AddRange((await runs.ReadInputAsync(run.Id, cancellationToken))?.Shards.Select(shard => shard.Chain) ?? []);
        }

        if (run.Status < RunStatus.Held || run.Spec?.FullFiles is true)
        {
            await foreach (var shard in runs.ReadShardsAsync(run.Id, RunStage.Snapshot, cancellationToken))
            {
                chains.Add(shard.Snapshot!.Chain);
            }
        }

        await foreach (var shard in runs.ReadShardsAsync(run.Id, RunStage.Plan, cancellationToken))
        {
            chains.AddRange(shard.Plan!.Chains);
        }

        await foreach (var shard in runs.ReadShardsAsync(run.Id, RunStage.Settle, cancellationToken))
        {
            chains.Add(shard.Settle!.Chain);
        }

        return [.. chains.OfType<string>()];
    }
}
