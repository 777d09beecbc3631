using System.Runtime.InteropServices;
using AudienceSync.Ids;
using AudienceSync.Pages;

namespace AudienceSync.Runs;

/// <summary>Compares who is in a source with who was when the destination's last run looked, shard by shard; when the run is over, its members are the new roster.</summary>
public sealed class Rosters(IRosterStore store, IRunStore runs, IPageStore pages, TimeProvider time)
{
    /// <summary>Writes the roster of one shard. Repeatable: each call writes a chain of its own where anything changed, and the run's record says which one counts.</summary>
    /// <param name="keys">Of the members there are, ascending.</param>
    internal async Task<RosterShard> WriteAsync(Run run, int shard, List<ulong> keys, CancellationToken cancellationToken)
    {
        var range = KeyRange.OfShard(shard, run.ShardBits);
        var before = await store.ReadAsync(run.DestinationId, cancellationToken);
        before = before?.Source == run.Spec!.RosterOf ? before : null;
        var (entered, left) = before is null ? (keys.Count, 0) : await CompareAsync(before, range, keys, cancellationToken);
        if (entered == 0 && left == 0 && before?.ShardBits == run.ShardBits)
        {
            return new(before.Chains[shard], 0, 0);
        }

        var writer = new ChainWriter(pages, NewId.Create("pg", time));
        await RosterPages.WriteAsync(writer, keys.ToArray(), cancellationToken);
        return new(await writer.CompleteAsync(cancellationToken), entered, left);
    }

    /// <summary>Makes a finished run's members the roster that the next run is compared with; nothing when its snapshot never was whole. Repeatable.</summary>
    public async Task PublishAsync(Run run, CancellationToken cancellationToken)
    {
        if (run is not { Entered: not null, Spec.RosterOf: { } source })
        {
            return;
        }

        var chains = await runs.ReadShardsAsync(run.Id, RunStage.Snapshot, cancellationToken).Select(shard => shard.Snapshot!.Roster?.Chain).ToListAsync(cancellationToken);
        while (true)
        {
            var current = await store.ReadAsync(run.DestinationId, cancellationToken);
            if (current?.Fence >= run.Fence
                || await store.PublishAsync(new(run.DestinationId, source, run.ShardBits, [.. chains], run.Fence) { ETag = current?.ETag ?? "" }, cancellationToken) is not null)
            {
                return;
            }
        }
    }

    /// <summary>Drops what is kept of a destination. Repeatable.</summary>
    public Task ForgetAsync(string destinationId, CancellationToken cancellationToken) => store.DeleteAsync(destinationId, cancellationToken);

    private async Task<(int Entered, int Left)> CompareAsync(RosterManifest before, KeyRange range, List<ulong> keys, CancellationToken cancellationToken)
    {
        var (entered, left, next) = (0, 0, 0);
        await foreach (var block in RosterPages.ReadAsync(pages, before, range, cancellationToken))
        {
            Compare(CollectionsMarshal.AsSpan(keys), block.Span);
        }

        return (entered + keys.Count - next, left);

        void Compare(ReadOnlySpan<ulong> now, ReadOnlySpan<ulong> then)
        {
            foreach (var key in then)
            {
                while (next < now.Length && now[next] < key)
                {
                    next++;
                    entered++;
                }

                if (next < now.Length && now[next] == key)
                {
                    next++;
                }
                else
                {
                    left++;
                }
            }
        }
    }
}
