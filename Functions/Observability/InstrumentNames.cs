namespace AudienceSync.Observability;

/// <summary>What the app measures is called so, in telemetry, in alerts (infra/modules/alerts.bicep) and in docs/observability.md.</summary>
internal static class InstrumentNames
{
    public const string RowsPlanned = "audiencesync.rows.planned";
    public const string RowsDelivered = "audiencesync.rows.delivered";
    public const string RowsRejected = "audiencesync.rows.rejected";
    public const string RowsCarriedOver = "audiencesync.rows.carried_over";
    public const string RunsFinished = "audiencesync.runs.finished";
    public const string RunsHeld = "audiencesync.runs.held";
    public const string RunDuration = "audiencesync.run.duration";
    public const string QueueDepth = "audiencesync.queue.depth";
    public const string PoisonDepth = "audiencesync.queue.poison.depth";
    public const string QueueAge = "audiencesync.queue.age";
    public const string DestinationLatency = "audiencesync.destination.latency";
    public const string BatchSize = "audiencesync.batch.size";
    public const string Throttles = "audiencesync.throttles";
    public const string StorageRequests = "audiencesync.storage.requests";
    public const string ScheduleTicks = "audiencesync.schedule.ticks";
    public const string ScheduleLag = "audiencesync.schedule.lag";
    public const string ErasuresOpen = "audiencesync.erasures.open";
    public const string ErasuresAttention = "audiencesync.erasures.attention";
}
