using System.Collections.Immutable;
using AudienceSync.Snapshots;

namespace AudienceSync.Runs;

/// <summary>Sums over the shards of a run.</summary>
public sealed class RunPlanSummary(IRunStore runs)
{
    /// <summary>Errors that a run's record names.</summary>
    private const int TopErrors = 10;

    public async Task<Run> WithFunnelAsync(Run run, CancellationToken cancellationToken)
    {
        var (funnel, storage, entered, left) = (default(Funnel), run.Storage, 0L, 0L);
        await foreach (var shard in runs.ReadShardsAsync(run.Id, RunStage.Snapshot, cancellationToken))
        {
            funnel += shard.Snapshot!.Funnel;
            storage += shard.Storage;
            entered += shard.Snapshot.Roster?.Entered ?? 0;
            left += shard.Snapshot.Roster?.Left ?? 0;
        }

        var isOnRoster = run.Spec?.RosterOf is not null;
        return run with { Funnel = funnel, Storage = storage, Entered = isOnRoster ? entered : null, Left = isOnRoster ? left : null };
    }

    public async Task<PlanTotals> TotalsAsync(Run run, CancellationToken cancellationToken)
    {
        var totals = new PlanTotals();
        await foreach (var shard in runs.ReadShardsAsync(run.Id, RunStage.Plan, cancellationToken))
        {
            var plan = shard.Plan!;
            totals = new()
            {
                Planned = totals.Planned + plan.Planned,
                Unchanged = totals.Unchanged + plan.Unchanged,
                Accepted = totals.Accepted + plan.Accepted,
                RemovalReasons = totals.RemovalReasons + plan.RemovalReasons,
                Profiles = totals.Profiles + (plan.Profiles ?? new(plan.Accepted, plan.Planned.Add - plan.Rekeyed, plan.Planned.Remove - plan.Rekeyed)),
                Notes = totals.Notes + (plan.Notes?.Rows ?? 0),
                Storage = totals.Storage + shard.Storage,
            };
        }

        return totals;
    }

    /// <summary>Number of batches of a phase.</summary>
    public async Task<int> BatchesAsync(Run run, RunPhase phase, CancellationToken cancellationToken) =>
        (await BatchIndex.ReadAsync(runs, run, phase, cancellationToken)).Count;

    /// <summary>The run with the sums of its settled shards and the status they make.</summary>
    public static Run WithSettled(Run run, ImmutableArray<SettleShard> shards)
    {
        var delivered = shards.Aggregate(default(OperationCounts), (sum, shard) => sum + shard.Delivered);
        var errors = shards.SelectMany(shard => shard.Errors)
            .GroupBy(error => (error.Code, error.Retryable))
            .Select(group => new RunError(group.Key.Code, group.First().Detail, group.Sum(error => error.Count), group.Key.Retryable));
        ImmutableArray<RunError> all = run.Stopped is null ? [.. errors] : [run.Stopped, .. errors.Where(error => error.Code != run.Stopped.Code)];
        return run with
        {
            Delivered = delivered,
            Accepted = shards.Sum(shard => shard.Accepted),
            Rejected = shards.Aggregate(default(OperationCounts), (sum, shard) => sum + shard.Rejected),
            CarriedOver = shards.Aggregate(default(OperationCounts), (sum, shard) => sum + shard.CarriedOver),
            TopErrors = [.. all.OrderByDescending(error => error.Count).Take(TopErrors)],
            Status = run.CancelRequested ? RunStatus.Cancelled
                : delivered.Total == run.Planned.Total ? RunStatus.Succeeded
                : delivered.Total == 0 ? RunStatus.Failed
                : RunStatus.Partial,
        };
    }
}

/// <summary>A whole plan in numbers.</summary>
/// <param name="Accepted">Rows that the destination holds.</param>
/// <param name="Notes">Rows that only the ledger takes note of.</param>
public sealed record PlanTotals(
    OperationCounts Planned = default, long Unchanged = 0, long Accepted = 0, long Notes = 0, RemovalReasons RemovalReasons = default, StorageTraffic Storage = default)
{
    /// <summary>Members that are accepted, that enter and that leave: what guards judge. A changed match key is neither an entry nor an exit.</summary>
    public PlanProfiles Profiles { get; init; } = new(0, 0, 0);
}
