using System.Collections.Immutable;

namespace AudienceSync.Runs;

/// <summary>Finds the page of a phase's n-th batch: batches are numbered over the shards in order.</summary>
public sealed class BatchIndex
{
    private readonly ImmutableArray<(int First, int Shard, string Chain)> _starts;

    private BatchIndex(ImmutableArray<(int First, int Shard, string Chain)> starts, int count) => (_starts, Count) = (starts, count);

    public int Count { get; }

    /// <summary>Batches are the pages of the plan; of full files those of the generation, in the first phase only.</summary>
    public static async Task<BatchIndex> ReadAsync(IRunStore runs, Run run, RunPhase phase, CancellationToken cancellationToken)
    {
        var starts = ImmutableArray.CreateBuilder<(int, int, string)>();
        var count = 0;
        if (run.Spec!.FullFiles)
        {
            if (phase is RunPhase.Upserts)
            {
                await foreach (var shard in runs.ReadShardsAsync(run.Id, RunStage.Snapshot, cancellationToken))
                {
                    Append(shard.Shard, shard.Snapshot!.Chain, shard.Snapshot.Pages);
                }
            }
        }
        else
        {
            await foreach (var shard in runs.ReadShardsAsync(run.Id, RunStage.Plan, cancellationToken))
            {
                var chain = shard.Plan!.Of(phase);
                Append(shard.Shard, chain?.Id, chain?.Pages ?? 0);
            }
        }

        return new(starts.ToImmutable(), count);

        void Append(int shard, string? chain, int pages)
        {
            if (chain is not null)
            {
                starts.Add((count, shard, chain));
                count += pages;
            }
        }
    }

    /// <summary>The batch of a page; null when there is none.</summary>
    /// <param name="page">Number in the chain of its shard.</param>
    public int? NumberOf(int shard, int page)
    {
        foreach (var start in _starts)
        {
            if (start.Shard == shard)
            {
                return start.First + page;
            }
        }

        return null;
    }

    public (int Shard, string Chain, int Page) Find(int batch)
    {
        var at = _starts.Length - 1;
        while (_starts[at].First > batch)
        {
            at--;
        }

        return (_starts[at].Shard, _starts[at].Chain, batch - _starts[at].First);
    }
}
