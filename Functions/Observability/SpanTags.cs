namespace AudienceSync.Observability;

/// <summary>Attributes of spans.</summary>
internal static class SpanTags
{
    public const string Run = "audiencesync.run.id";
    public const string Destination = "audiencesync.destination.id";
    public const string Connection = "audiencesync.connection.id";
    public const string Connector = "audiencesync.connector";
    public const string Number = "audiencesync.step.number";
    public const string Phase = "audiencesync.phase";
    public const string Batch = "audiencesync.batch";
    public const string Rows = "audiencesync.rows";
    public const string Attempt = "audiencesync.attempt";
    public const string Status = "audiencesync.status";
    public const string Call = "audiencesync.call";
    public const string Outcome = "audiencesync.outcome";
    public const string Requests = "audiencesync.requests";
}
