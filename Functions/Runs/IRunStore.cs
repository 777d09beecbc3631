using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Keeps runs, the results of their shards and their lanes.</summary>
public interface IRunStore
{
    /// <summary>Writes a new run, its place in the lists first, so that no run can exist unlisted. Repeatable.</summary>
    Task<Run> CreateAsync(Run run, CancellationToken cancellationToken);

    Task<Run?> FindAsync(string runId, CancellationToken cancellationToken);

    /// <summary>Replaces the run if its ETag still holds; null when somebody else was faster.</summary>
    Task<Run?> ReplaceAsync(Run run, CancellationToken cancellationToken);

    /// <summary>Newest first; all destinations when <paramref name="destinationId"/> is null.</summary>
    Task<ListPage<Run>> ListAsync(string? destinationId, PageRequest page, Func<Run, bool>? filter, CancellationToken cancellationToken);

    /// <summary>Writes the run's input unless it has one. The input that counts comes back: all shards must see the same.</summary>
    Task<RunInput> WriteInputAsync(string runId, RunInput input, CancellationToken cancellationToken);

    Task<RunInput?> ReadInputAsync(string runId, CancellationToken cancellationToken);

    /// <summary>Begins the countdown of a stage; does nothing when it has begun.</summary>
    Task OpenStageAsync(string runId, RunStage stage, int shards, CancellationToken cancellationToken);

    /// <summary>Null when the stage has not begun.</summary>
    Task<StageProgress?> ReadStageAsync(string runId, RunStage stage, CancellationToken cancellationToken);

    /// <summary>Stores a shard's result and counts the stage down, in one transaction and once: a second result for the shard changes nothing.</summary>
    Task<StageProgress> CompleteShardAsync(string runId, RunStage stage, ShardResult result, CancellationToken cancellationToken);

    /// <summary>Writes over the result of a shard: to take a person out of the words of a platform.</summary>
    Task ReplaceShardAsync(string runId, RunStage stage, ShardResult result, CancellationToken cancellationToken);

    Task<ShardResult?> FindShardAsync(string runId, RunStage stage, int shard, CancellationToken cancellationToken);

    /// <summary>In the order of shards.</summary>
    IAsyncEnumerable<ShardResult> ReadShardsAsync(string runId, RunStage stage, CancellationToken cancellationToken);

    /// <summary>Writes lanes that do not exist yet.</summary>
    Task OpenLanesAsync(string runId, IReadOnlyList<Lane> lanes, CancellationToken cancellationToken);

    Task<Lane?> FindLaneAsync(string runId, RunPhase phase, int number, CancellationToken cancellationToken);

    /// <summary>Replaces the lane if its ETag still holds; null when somebody else was faster.</summary>
    Task<Lane?> ReplaceLaneAsync(string runId, Lane lane, CancellationToken cancellationToken);

    IAsyncEnumerable<Lane> ReadLanesAsync(string runId, RunPhase phase, CancellationToken cancellationToken);

    /// <summary>Takes a step for <paramref name="owner"/> until <paramref name="until"/>, or renews the owner's hold. Null on success, else when the present hold ends.</summary>
    Task<DateTimeOffset?> TryClaimAsync(string runId, string step, string owner, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken);

    Task ReleaseClaimAsync(string runId, string step, string owner, CancellationToken cancellationToken);

    /// <summary>Whether somebody holds the step at <paramref name="now"/>.</summary>
    Task<bool> IsClaimedAsync(string runId, string step, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Drops a run with all that belongs to it.</summary>
    Task DeleteAsync(Run run, CancellationToken cancellationToken);
}

/// <summary>Keeps what became of each batch.</summary>
public interface IBatchOutcomeStore
{
    /// <summary>Replaces the record if its ETag still holds (no ETag: if there is none yet); null when somebody else was faster.</summary>
    Task<BatchRecord?> WriteAsync(string runId, BatchRecord record, CancellationToken cancellationToken);

    Task<BatchRecord?> FindAsync(string runId, RunPhase phase, int shard, int page, CancellationToken cancellationToken);

    /// <summary>In the order of phase, shard, page; of one phase or shard where given.</summary>
    IAsyncEnumerable<BatchRecord> ReadAsync(string runId, RunPhase? phase, int? shard, CancellationToken cancellationToken);

    Task DeleteAsync(string runId, CancellationToken cancellationToken);
}

/// <summary>Keeps the manifest of each destination's ledger.</summary>
public interface ILedgerStore
{
    /// <summary>The empty ledger when there is none.</summary>
    Task<LedgerManifest> ReadAsync(string destinationId, CancellationToken cancellationToken);

    /// <summary>Publishes a new manifest if the ETag still holds (no ETag: if there is none yet); null when somebody else was faster.</summary>
    Task<LedgerManifest?> PublishAsync(LedgerManifest manifest, CancellationToken cancellationToken);

    Task DeleteAsync(string destinationId, CancellationToken cancellationToken);

    IAsyncEnumerable<LedgerManifest> ListAsync(CancellationToken cancellationToken);
}

/// <summary>One run a destination at a time.</summary>
public interface IRunLeases
{
    Task<RunLease> ReadAsync(string destinationId, CancellationToken cancellationToken);

    /// <summary>Takes the lease for a run. The lease that counts comes back: compare its run id.</summary>
    Task<RunLease> TryAcquireAsync(string destinationId, string runId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Notes that another run is wanted once the present one ends.</summary>
    Task RequestAgainAsync(string destinationId, CancellationToken cancellationToken);

    /// <summary>Notes that people are to be removed once the present run ends, before any other run.</summary>
    Task RequestEraseAsync(string destinationId, CancellationToken cancellationToken);

    /// <summary>Frees the lease if that run still holds it.</summary>
    /// <returns>What was asked for meanwhile; asking is then forgotten.</returns>
    Task<NextRuns> ReleaseAsync(string destinationId, string runId, CancellationToken cancellationToken);

    /// <summary>Leases that are held.</summary>
    IAsyncEnumerable<RunLease> ListHeldAsync(CancellationToken cancellationToken);
}

/// <param name="RunId">Who holds it; null when it is free.</param>
/// <param name="Fence">Number of the run that holds or held it; grows by one with each.</param>
public sealed record RunLease(string DestinationId, string? RunId, long Fence, bool Again, DateTimeOffset AcquiredAt)
{
    /// <summary>People are to be removed next.</summary>
    public bool Erase { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public string ETag { get; init; } = "";
}

/// <summary>Runs that follow one that ended, in this order.</summary>
/// <param name="Erase">One that removes people under erasure.</param>
/// <param name="Again">One like any other.</param>
public readonly record struct NextRuns(bool Erase, bool Again)
{
    public bool Any => Erase || Again;
}

/// <summary>Puts steps on the queues.</summary>
public interface IRunQueue
{
    /// <param name="delay">How long the message stays invisible.</param>
    Task SendAsync(StepMessage message, TimeSpan delay, CancellationToken cancellationToken);

    Task SendAllAsync(IReadOnlyList<StepMessage> messages, CancellationToken cancellationToken);
}
