using System.Collections.Immutable;
using AudienceSync.Snapshots;

namespace AudienceSync.Runs;

/// <summary>The steps that are cut by shard. A stage ends when each of its shards has a result.</summary>
public enum RunStage
{
    Snapshot = 1,
    Plan,
    Settle,
}

/// <summary>What one shard of one stage came to; the part of its stage is set, the others are null.</summary>
public sealed record ShardResult
{
    public required int Shard { get; init; }

    public SnapshotShard? Snapshot { get; init; }

    public PlanShard? Plan { get; init; }

    public SettleShard? Settle { get; init; }

    /// <summary>What the step asked of storage.</summary>
    public StorageTraffic Storage { get; init; }
}

/// <param name="Chain">Generation pages; null when there are none.</param>
/// <param name="Pages">Number of its pages.</param>
/// <param name="Roster">Who is in the source, and who entered and left; null when no roster is kept.</param>
public sealed record SnapshotShard(string? Chain, int Pages, Funnel Funnel, RosterShard? Roster = null);

/// <summary>The plan of a shard: chains of batch pages, one page a batch.</summary>
public sealed record PlanShard
{
    public PlanChain? Upserts { get; init; }

    public PlanChain? Updates { get; init; }

    public PlanChain? Removals { get; init; }

    public PlanChain? Readds { get; init; }

    /// <summary>Rows that only the ledger takes note of: nothing is sent for them.</summary>
    public PlanChain? Notes { get; init; }

    public OperationCounts Planned { get; init; }

    /// <summary>Removals under an old match key, which the member's new one replaces: no guard counts them.</summary>
    public long Rekeyed { get; init; }

    public long Unchanged { get; init; }

    /// <summary>Why leavers are removed.</summary>
    public RemovalReasons RemovalReasons { get; init; }

    /// <summary>Accepted members in the ledger: rows, where profiles give several.</summary>
    public long Accepted { get; init; }

    /// <summary>The same in profiles; null where each gives one row.</summary>
    public PlanProfiles? Profiles { get; init; }

    /// <summary>All its chains.</summary>
    internal IEnumerable<string> Chains =>
        new[] { Upserts, Updates, Removals, Readds, Notes }.OfType<PlanChain>().Select(chain => chain.Id);

    public PlanChain? Of(RunPhase phase) => phase switch
    {
        RunPhase.Upserts => Upserts,
        RunPhase.Updates => Updates,
        RunPhase.Removals => Removals,
        RunPhase.Readds => Readds,
        _ => null,
    };
}

/// <param name="Pages">Number of pages, and so of batches.</param>
public sealed record PlanChain(string Id, int Pages, long Rows);

/// <param name="Chain">The shard's new ledger pages; null when nobody is in it.</param>
/// <param name="Expanded">They hold rows of which there may be several of one profile.</param>
public sealed record SettleShard(
    string? Chain, long Rows, long Accepted, long Uncertain, long Quarantined, OperationCounts Delivered, OperationCounts Rejected,
    OperationCounts CarriedOver, ImmutableArray<RunError> Errors, bool Expanded = false);

/// <param name="Remaining">Shards of the stage that have no result yet; 0 ends it.</param>
public sealed record StageProgress(int Total, int Remaining);
