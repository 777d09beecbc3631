using System.Collections.Immutable;
using AudienceSync.Delivery;

namespace AudienceSync.Runs;

public enum LaneState
{
    /// <summary>Nothing of the batch at <see cref="Lane.Position"/> can have arrived but what its record says.</summary>
    Idle = 1,

    /// <summary>The batch at <see cref="Lane.Position"/> is in flight, or was and may have arrived: if nothing more is heard of it, its open rows are uncertain.</summary>
    Sending,

    /// <summary>All its batches are settled, or sending was stopped.</summary>
    Done,
}

/// <summary>One of the lines in which a run's batches are sent, one batch at a time: lane i of n takes every n-th batch of the phase.</summary>
/// <remarks>The number of lanes bounds the calls in flight of a destination, over all function instances, without a shared counter.</remarks>
public sealed record Lane
{
    public required RunPhase Phase { get; init; }

    public required int Number { get; init; }

    /// <summary>How many of its batches the lane has settled.</summary>
    public int Position { get; init; }

    public required LaneState State { get; init; }

    /// <summary>Failed tries of the batch at hand.</summary>
    public int Attempt { get; init; }

    /// <summary>A try of the batch at hand may have reached the platform without an answer: its open rows are uncertain until one comes.</summary>
    public bool MayHaveArrived { get; init; }

    /// <summary>Batches in a row that used up their tries without an answer.</summary>
    public int FailedInRow { get; init; }

    /// <summary>After as many, sending stops: the platform is down, not the batch at fault.</summary>
    public const int MaxFailedInRow = 2;

    /// <summary>A job of the platform that the batch at hand waits for.</summary>
    public string? JobId { get; init; }

    /// <summary>Rows of the batch that the job has.</summary>
    public ImmutableArray<RowRange>? JobRows { get; init; }

    /// <summary>When that job was taken.</summary>
    public DateTimeOffset? JobSince { get; init; }

    /// <summary>Times it was asked after.</summary>
    public int Polls { get; init; }

    /// <summary>Since when the batch at hand is throttled without a row being taken; null when it is not.</summary>
    public DateTimeOffset? ThrottledSince { get; init; }

    /// <summary>Calls that the lane may still make of those it took for itself.</summary>
    public PaceShare Share { get; init; }

    /// <summary>Number of the message that may work on the lane: it grows with each hand-over, so that a message that comes twice is dropped the second time.</summary>
    public int Turn { get; init; }

    /// <summary>Nothing is sent before.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    public long Requests { get; init; }

    /// <summary>What its steps asked of storage.</summary>
    public StorageTraffic Storage { get; init; }

    /// <summary>How long its batches took; null before the first.</summary>
    public LatencyHistogram? Latency { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public string ETag { get; init; } = "";
}

/// <summary>A lane is handed on to its next message.</summary>
/// <param name="After">How long that message stays invisible.</param>
/// <param name="Turn">Its <see cref="Lane.Turn"/>.</param>
public readonly record struct HandOver(TimeSpan After, int Turn);
