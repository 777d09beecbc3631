namespace AudienceSync.Runs;

public enum RunStep
{
    /// <summary>Folds the inbox, freezes settings and profiles, opens the snapshot.</summary>
    Begin = 1,

    /// <summary>Snapshots one shard.</summary>
    Snapshot,

    /// <summary>Plans one shard.</summary>
    Plan,

    /// <summary>Sends the batches of one lane.</summary>
    Lane,

    /// <summary>Publishes the files of a run.</summary>
    Publish,

    /// <summary>Writes one shard of the new ledger.</summary>
    Settle,

    /// <summary>Reads the query that the members come from, and freezes its rows: before they are snapshot.</summary>
    Read,
}

/// <summary>A queue message: one step of one run. It points to the work and holds none of it; it may come twice.</summary>
/// <param name="Number">Shard, or lane.</param>
/// <param name="Phase">Of a lane.</param>
/// <param name="Turn">Of a lane: see <see cref="Lane.Turn"/>.</param>
/// <param name="TraceParent">W3C trace context of who sent it; null in messages of earlier versions.</param>
/// <param name="Due">When it is to be seen; null in messages of earlier versions.</param>
public sealed record StepMessage(
    string RunId, RunStep Step, int Number = 0, RunPhase? Phase = null, int Turn = 0, string? TraceParent = null, DateTimeOffset? Due = null)
{
    /// <summary>Names the step within its run.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Key => $"{Step}-{(int?)Phase ?? 0}-{Number}";
}
