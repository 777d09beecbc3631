using System.Text.Json.Serialization;

namespace AudienceSync.Erasures;

/// <summary>What came of one destination.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ErasureOutcome>))]
public enum ErasureOutcome
{
    /// <summary>Not answered yet: under way, or tried again at <see cref="ErasureReceipt.NextTryAt"/>.</summary>
    [JsonStringEnumMemberName("pending")]
    Pending,

    /// <summary>The platform accepted the removal, or had accepted one before.</summary>
    [JsonStringEnumMemberName("removed")]
    Removed,

    /// <summary>The destination never had the person, as far as its ledger goes back.</summary>
    [JsonStringEnumMemberName("never_there")]
    NeverThere,

    /// <summary>There is no way to take the person back over the platform's API: <see cref="ErasureReceipt.Remaining"/> says what to do by hand.</summary>
    [JsonStringEnumMemberName("unsupported")]
    Unsupported,

    /// <summary>The platform refused the removal. It is tried again all the same.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,
}

/// <summary>What one destination answered to the removal of a person.</summary>
public sealed record ErasureReceipt
{
    public required string DestinationId { get; init; }

    public required string DestinationName { get; init; }

    /// <summary>Connector slug.</summary>
    public string? Connector { get; init; }

    public required string AudienceName { get; init; }

    /// <summary>The platform's id of the audience, where it is known.</summary>
    public string? AudienceId { get; init; }

    public required ErasureOutcome Outcome { get; init; }

    /// <summary>Why it is pending or failed.</summary>
    public string? Code { get; init; }

    public string? Detail { get; init; }

    /// <summary>What remains to be done by hand.</summary>
    public string? Remaining { get; init; }

    /// <summary>When the outcome was known.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>HTTP status of the platform's last answer.</summary>
    public int? PlatformStatus { get; init; }

    /// <summary>The last run that was to remove the person.</summary>
    public string? RunId { get; init; }

    /// <summary>That run has not been looked at since it ended.</summary>
    public bool IsRunning { get; init; }

    public int Attempts { get; init; }

    public DateTimeOffset? NextTryAt { get; init; }

    /// <summary>When the event tester last sent the person there, as far as its calls are kept: no ledger tells of that.</summary>
    public DateTimeOffset? TestedAt { get; init; }

    /// <summary>The destination's ledger knew the person.</summary>
    public bool IsKnown { get; init; }

    /// <summary>The destination was deleted before the erasure: its runs, which are kept for a while, know of the person.</summary>
    public bool IsOfDeleted { get; init; }

    /// <summary>Of a receipt that was made from what is kept of runs: the fencing number of the run, for a later one counts more. Null of any other.</summary>
    public long? SeenInFence { get; init; }

    [JsonIgnore]
    public bool IsFinal => Outcome is ErasureOutcome.Removed or ErasureOutcome.NeverThere or ErasureOutcome.Unsupported;

    /// <summary>Whether there is something to do for it now.</summary>
    public bool IsDue(DateTimeOffset now) => !IsFinal && !(NextTryAt > now);
}
