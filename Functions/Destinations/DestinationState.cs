using System.Text.Json.Serialization;
using AudienceSync.Faults;

namespace AudienceSync.Destinations;

/// <summary>How a destination's runs go. Written by runs, apart from <see cref="Destination"/>, so that a run never invalidates someone's edit.</summary>
public sealed record DestinationState
{
    public required string DestinationId { get; init; }

    public DestinationCondition State { get; init; } = DestinationCondition.Pending;

    /// <summary>Why, when it is not healthy; redacted.</summary>
    public string? Detail { get; init; }

    public string? LastRunId { get; init; }

    /// <summary>As the run spells it: <c>succeeded</c>, <c>partial</c> …</summary>
    public string? LastRunStatus { get; init; }

    /// <summary>The platform's id of the audience, found or created by a run; null where the destination names it, or none is known yet.</summary>
    public string? AudienceId { get; init; }

    /// <summary>When the schedule asks for the next run; null for never. A moment that has passed means: due now.</summary>
    public DateTimeOffset? NextRunAt { get; init; }

    /// <summary>Given by the store, empty for one not stored yet; not part of the document.</summary>
    [JsonIgnore]
    public string Version { get; init; } = "";
}

[JsonConverter(typeof(CamelCaseEnumConverter<DestinationCondition>))]
public enum DestinationCondition
{
    /// <summary>No run has finished yet.</summary>
    Pending,
    Healthy,

    /// <summary>The last run failed, or left rows behind.</summary>
    Failing,

    /// <summary>The platform refuses the connection's credentials.</summary>
    Unauthorized,

    /// <summary>A guard holds the run back until someone decides.</summary>
    Held,

    /// <summary>Switched off; shown for every destination that is not enabled.</summary>
    Disabled,
}
