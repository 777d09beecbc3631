using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Destinations;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>How a profile stands with one destination: every step from the source to the platform.</summary>
public sealed record DestinationMembership
{
    public required string Id { get; init; }

    public required string Key { get; init; }

    public required string Name { get; init; }

    public required DestinationMode Mode { get; init; }

    public required bool Enabled { get; init; }

    public required DestinationSource Source { get; init; }

    /// <summary>Whether the source holds the profile; null when that cannot be told.</summary>
    public required bool? InSource { get; init; }

    /// <summary>Why the source holds it, or not, where the source is no segment: a segment's is shown with the segment.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RuleTrace? Trace { get; init; }

    /// <summary>In the order in which they stand.</summary>
    public required ImmutableArray<GateVerdict> Gates { get; init; }

    /// <summary>The first gate that stops a member; null when none does, or the profile is no member.</summary>
    public required string? StoppedAt { get; init; }

    /// <summary>A member whom no gate stops.</summary>
    public required bool Deliverable { get; init; }

    /// <summary>What the destination is known to have accepted of the profile; null when it holds nothing.</summary>
    public required LedgerStanding? Ledger { get; init; }

    /// <summary>Each row that the destination holds of the profile, where it holds several: one for each value of an identifier. <see cref="Ledger"/> is the first of them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<LedgerStanding> LedgerRows { get; init; }

    public required PlannedAction Planned { get; init; }

    /// <summary>The last operation that a run planned, of as many runs as are looked back over; null when there was none.</summary>
    public required LastDelivery? LastDelivery { get; init; }

    /// <summary>Why the source cannot be evaluated.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Problem { get; init; }
}

/// <param name="Name"><c>consent</c>, <c>suppression</c>, <c>holdout</c>, <c>identifiers</c>, <c>filters</c>.</param>
/// <param name="Reason">For a person.</param>
public sealed record GateVerdict(string Name, bool Passed, string Reason)
{
    /// <summary>What the person said, of the gate <c>consent</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConsentStanding? Consent { get; init; }

    /// <summary>Each filter that is asked about members, of the gate <c>filters</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<FilterVerdict> Filters { get; init; }

    /// <summary>The draw, of the gate <c>holdout</c> where one is set.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RuleTrace? Trace { get; init; }
}

/// <summary>What one filter of a destination does with a profile.</summary>
/// <param name="Action"><c>drop</c>, <c>sample</c> or <c>fields</c>.</param>
/// <param name="Applies">It looks at the profile: its condition holds, or it has none.</param>
/// <param name="LeavesOut">It keeps the profile from the destination.</param>
/// <param name="Trace">Of its condition; null where it has none.</param>
public sealed record FilterVerdict(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name, string Action, bool Applies, bool LeavesOut, string Reason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RuleTrace? Trace);

/// <param name="State"><c>granted</c>, <c>denied</c> or <c>unknown</c>.</param>
public sealed record ConsentStanding(string Purpose, string State, string? Source, DateTimeOffset? CapturedAt);

/// <param name="Status"><c>accepted</c>, <c>uncertain</c>, <c>quarantined</c> or <c>ignored</c>.</param>
/// <param name="OnList">The person may be on the platform's list.</param>
/// <param name="Keys">The match key as it was last sent; masked for those who may not see identifiers of people.</param>
/// <param name="PayloadCurrent">What was last sent is what the mapping makes of the profile now; null when what was sent is not known.</param>
/// <param name="Attempts">Tries that failed since it was last accepted.</param>
/// <param name="LastOperation">The last that was tried.</param>
/// <param name="MappingVersion">Of the mapping that it was last sent, or looked at, under.</param>
/// <param name="MappingCurrent">That is the present mapping.</param>
public sealed record LedgerStanding(
    string Status,
    bool OnList,
    [property: JsonConverter(typeof(Profiles.CellsConverter))] IReadOnlyDictionary<string, Cell> Keys,
    bool? PayloadCurrent,
    int Attempts,
    string? LastCode,
    string? LastDetail,
    string LastOperation,
    int MappingVersion,
    bool MappingCurrent);

/// <param name="At">When the run finished; when it last moved while it is under way.</param>
/// <param name="Outcome"><c>delivered</c>, <c>rejected</c>, <c>carriedOver</c>, or <c>pending</c> while the run is under way.</param>
/// <param name="Attempts">Tries that the row's batch took.</param>
public sealed record LastDelivery(string RunId, DateTimeOffset At, string Operation, string Outcome, string? Code, string? Detail, int Attempts);
