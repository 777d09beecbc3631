using AudienceSync.Pages;
using AudienceSync.Profiles;

namespace AudienceSync.Runs;

/// <summary>Compares one shard of a generation with the ledger and writes what must be sent: desired ≠ accepted, nothing else.</summary>
/// <remarks>Rows whose hash is the ledger's are skipped without decoding. The chains it writes become the plan only when the run records them.</remarks>
public sealed class ShardPlanner(IPageStore pages, MemberHasher hasher, OperationIds operationIds, TrackingIds trackingIds, TimeProvider time)
{
    /// <param name="generation">Pages of the shard; null when nobody is in it.</param>
    public async Task<PlanShard> PlanAsync(Run run, int shard, string? generation, LedgerManifest ledger, CancellationToken cancellationToken)
    {
        var range = KeyRange.OfShard(shard, run.ShardBits);
        var desired = generation is null
            ? AsyncEnumerable.Empty<PageReader>()
            : pages.ReadAsync(generation, KeyRange.All, PageParts.Whole, cancellationToken);
        var accepted = LedgerPages.ReadAsync(pages, ledger, range, cancellationToken);
        var plan = new ShardPlan(new(pages, hasher, operationIds, trackingIds, time), run, ledger);
        await using var join = new MergeJoin(desired, accepted, plan, cancellationToken);
        while (await join.NextAsync())
        {
            foreach (var (left, right) in join.Differences)
            {
                if (range.Contains((left ?? right)!.Value.Key))
                {
                    await plan.CompareAsync(left, right, cancellationToken);
                }
            }
        }

        return await plan.CompleteAsync(cancellationToken);
    }
}
