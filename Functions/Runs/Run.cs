using System.Collections.Immutable;
using AudienceSync.Delivery;
using AudienceSync.Profiles;
using AudienceSync.Snapshots;
using AudienceSync.Suppressions;

namespace AudienceSync.Runs;

/// <summary>Where a run stands. The first seven are under way (<see cref="RunStatuses.IsActive"/>), the others final.</summary>
public enum RunStatus
{
    Queued = 1,
    Snapshotting,
    Planning,

    /// <summary>A guard tripped: nothing is sent until somebody decides, at most <see cref="RunOptions.HoldFor"/>.</summary>
    Held,
    Delivering,
    Settling,
    Succeeded,

    /// <summary>Some rows were rejected or carried over.</summary>
    Partial,

    /// <summary>Nothing of what was planned was delivered, or a step failed for good.</summary>
    Failed,
    Cancelled,

    /// <summary>There was nothing to be done: the destination was switched off before the run began.</summary>
    Skipped,
}

public static class RunStatuses
{
    public static bool IsActive(this RunStatus status) => status < RunStatus.Succeeded;
}

/// <summary>What started a run.</summary>
public enum RunTrigger
{
    Manual = 1,
    Schedule,

    /// <summary>The destination was created or enabled.</summary>
    Created,

    /// <summary>A trigger came while another run was active.</summary>
    Again,

    /// <summary>Somebody entered the step of a journey.</summary>
    Entry,

    /// <summary>People are being erased.</summary>
    Erasure,
}

public enum RunMode
{
    /// <summary>What differs from the ledger.</summary>
    Incremental = 1,

    /// <summary>Payload hashes count as unknown: everyone current is sent again, leavers are removed.</summary>
    Full,
}

/// <summary>What a run is for, beyond its mode.</summary>
public enum RunPurpose
{
    Sync = 1,

    /// <summary>Sends quarantined rows again, whatever their payload.</summary>
    Retry,

    /// <summary>Removes everyone we added, then deletes the destination.</summary>
    CleanUp,

    /// <summary>Removes people who are being erased, and touches nobody else. No guard holds it, and a destination that is switched off runs it too.</summary>
    Erasure,
}

public static class RunPurposes
{
    /// <summary>Whether the run is about the members of the destination's source; else nobody is to be there.</summary>
    public static bool WantsMembers(this RunPurpose purpose) => purpose is RunPurpose.Sync or RunPurpose.Retry;
}

/// <summary>The groups in which a run sends, one after the other: adds and changes before removals.</summary>
public enum RunPhase
{
    /// <summary>Adds, and changes too where one call may mix them.</summary>
    Upserts = 1,

    /// <summary>Changes, where a call takes one operation only.</summary>
    Updates,

    /// <summary>Leavers, and old match keys of members that have a new one.</summary>
    Removals,

    /// <summary>Members added under their new match key, once the removal under the old one is accepted.</summary>
    Readds,

    /// <summary>File connectors: the step that makes the files count. It has one lane and no batches.</summary>
    Publish,
}

/// <summary>One execution of one destination: snapshot → plan → (held) → deliver → settle.</summary>
/// <remarks>All numbers are final once <see cref="Status"/> is; then Planned = Delivered + Rejected + CarriedOver for each operation.</remarks>
public sealed record Run
{
    public required string Id { get; init; }

    public required string DestinationId { get; init; }

    public required RunTrigger Trigger { get; init; }

    public required RunMode Mode { get; init; }

    public required RunPurpose Purpose { get; init; }

    public bool DryRun { get; init; }

    public required RunStatus Status { get; init; }

    /// <summary>The clock of the rules.</summary>
    public required DateTimeOffset AsOf { get; init; }

    public required string Generation { get; init; }

    /// <summary>Grows with every run of the destination: an older run can no longer write the ledger.</summary>
    public required long Fence { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When the run last changed its status or had its work put on queues.</summary>
    public DateTimeOffset TouchedAt { get; init; }

    /// <summary>W3C trace context of its start: every step belongs to that trace. Null in runs of earlier versions.</summary>
    public string? Trace { get; init; }

    /// <summary>Times the run waited before it could begin.</summary>
    public int Waits { get; init; }

    /// <summary>Of a queued run: it does not begin before.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Settings as they were when the run began; null while it is queued.</summary>
    public RunSpec? Spec { get; init; }

    /// <summary>Shards are ranges of the top bits of the member key, the same for generation, plan and the new ledger.</summary>
    public int ShardBits { get; init; }

    /// <summary>What a query gave, once it is read to its end; null before, and of runs over profiles.</summary>
    public QueryTally? Source { get; init; }

    /// <summary>Version of the ledger that the plan is against.</summary>
    public long LedgerVersion { get; init; }

    /// <summary>Version of the suppression list that the run froze; 0 before, and for runs that add nobody.</summary>
    public long SuppressionVersion { get; init; }

    public Funnel Funnel { get; init; }

    /// <summary>Members of the source who were none when the destination's last run looked; null before the snapshot is whole, and of dry runs.</summary>
    public long? Entered { get; init; }

    /// <summary>Who was a member then and is none now; null as <see cref="Entered"/> is.</summary>
    public long? Left { get; init; }

    /// <summary>Members that the destination holds; null before the run has a plan.</summary>
    public long? Accepted { get; init; }

    public long Unchanged { get; init; }

    public OperationCounts Planned { get; init; }

    /// <summary>Why leavers are removed; with those under an old match key they add up to the planned removals, but of a clean-up and of <c>removeOnly</c>.</summary>
    public RemovalReasons RemovalReasons { get; init; }

    public OperationCounts Delivered { get; init; }

    public OperationCounts Rejected { get; init; }

    /// <summary>Not decided in this run: still pending, comes back in the next.</summary>
    public OperationCounts CarriedOver { get; init; }

    public required ImmutableArray<RunError> TopErrors { get; init; }

    /// <summary>Requests to the platform.</summary>
    public long Requests { get; init; }

    /// <summary>What the steps of the run asked of storage.</summary>
    public StorageTraffic Storage { get; init; }

    /// <summary>How long batches took; null before any was sent.</summary>
    public LatencyHistogram? Latency { get; init; }

    /// <summary>The phase that is being sent.</summary>
    public required RunPhase Phase { get; init; }

    /// <summary>File connectors: the last step, which makes the set of files count, is done.</summary>
    public bool Published { get; init; }

    /// <summary>File connectors: the set of files could not be published, so nothing in it counts.</summary>
    public bool Unpublished { get; init; }

    /// <summary>Of unpublished files: the last step may have reached the platform without an answer, so what was in them is uncertain.</summary>
    public bool MayBePublished { get; init; }

    public string? HeldBecause { get; init; }

    public DateTimeOffset? HeldUntil { get; init; }

    /// <summary>Approved as adds only: removals are carried over.</summary>
    public bool AddsOnly { get; init; }

    public bool CancelRequested { get; init; }

    /// <summary>Why sending stopped before its end: nothing more is sent, what is left is carried over.</summary>
    public RunError? Stopped { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public string ETag { get; init; } = "";
}

/// <param name="Count">Rows it concerns; 0 when it concerns the run as a whole.</param>
public sealed record RunError(string Code, string? Detail, long Count, bool Retryable);

/// <summary>What was read of a query.</summary>
/// <param name="Invalid">Identifiers that were left out, by the code of what is wrong with them.</param>
public sealed record QueryTally(long Rows, ImmutableArray<RunError> Invalid);

/// <summary>The profiles a run reads, or the rows of its query: frozen at its start, so that every shard sees the same.</summary>
public sealed record RunInput(ImmutableArray<ProfileShard> Shards)
{
    /// <summary>The suppression list as it was; null for runs that add nobody.</summary>
    public SuppressionManifest? Suppressions { get; init; }

    /// <summary>Whom an erasure removes; null for any other run.</summary>
    public ImmutableArray<ErasedMember>? Erased { get; init; }
}
