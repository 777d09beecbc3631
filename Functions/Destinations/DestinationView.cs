using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Faults;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>A destination as answers show it, with how its runs go.</summary>
public sealed record DestinationView
{
    public required string Id { get; init; }

    public required string Key { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required DestinationSource Source { get; init; }

    public required string ConnectionId { get; init; }

    public required DestinationAudience Audience { get; init; }

    public required DestinationMode Mode { get; init; }

    public required bool Enabled { get; init; }

    /// <summary>See <see cref="Destination.KeptOff"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool KeptOff { get; init; }

    /// <summary>See <see cref="Destination.NotBefore"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? NotBefore { get; init; }

    public required bool AutoSync { get; init; }

    public required Schedule Schedule { get; init; }

    public required string? ConsentPurpose { get; init; }

    public required ImmutableArray<MappingEntry> Mapping { get; init; }

    public required int MappingVersion { get; init; }

    public required ImmutableArray<MemberFilter> Filters { get; init; }

    public required FirstRun FirstRun { get; init; }

    public required Guards Guards { get; init; }

    public required DestinationCondition State { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StateDetail { get; init; }

    public required LastRun? LastRun { get; init; }

    /// <summary>The last runs that got to know their members, the newest last; only where it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<SparklinePoint>? Sparkline { get; init; }

    public required DateTimeOffset? NextRunAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Deleting { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    [JsonPropertyName("etag")]
    public required string ETag { get; init; }

    internal static DestinationCondition ConditionOf(Destination destination, DestinationState? state) =>
        destination.Enabled ? state?.State ?? DestinationCondition.Pending : DestinationCondition.Disabled;

    /// <param name="state">Null when no run has written any yet.</param>
    internal static DestinationView Of(Destination destination, DestinationState? state) => new()
    {
        Id = destination.Id,
        Key = destination.Key,
        Name = destination.Name,
        Description = destination.Description,
        Source = destination.Source,
        ConnectionId = destination.ConnectionId,
        Audience = destination.Audience with { ExternalId = destination.Audience.ExternalId ?? state?.AudienceId },
        Mode = destination.Mode,
        Enabled = destination.Enabled,
        KeptOff = destination.KeptOff,
        NotBefore = destination.NotBefore,
        AutoSync = destination.AutoSync,
        Schedule = destination.Schedule,
        ConsentPurpose = destination.ConsentPurpose,
        Mapping = destination.Mapping,
        MappingVersion = destination.MappingVersion,
        Filters = destination.Filters,
        FirstRun = destination.FirstRun,
        Guards = destination.Guards,
        State = ConditionOf(destination, state),
        StateDetail = destination.Enabled ? state?.Detail : null,
        LastRun = state?.LastRunId is { } run ? new(run, state.LastRunStatus) : null,
        NextRunAt = destination is { Enabled: true, AutoSync: true } ? state?.NextRunAt : null,
        Deleting = destination.Deleting,
        CreatedAt = destination.CreatedAt,
        UpdatedAt = destination.UpdatedAt,
        ETag = destination.ETag,
    };
}

public sealed record LastRun(string Id, string? Status);

/// <param name="At">When the run finished.</param>
/// <param name="Size">Members of its source.</param>
/// <param name="Accepted">Members that the destination held then; null when the run ended before it knew.</param>
public sealed record SparklinePoint(DateTimeOffset At, long Size, long? Accepted);

/// <summary>What is wrong, or suspicious, with an unsaved destination.</summary>
/// <param name="Suggestion">The name that was probably meant; null where there is none near.</param>
/// <param name="Entry">The entry to add to the mapping; null where none is recommended.</param>
public sealed record DestinationIssue(
    string Pointer, string Code, string Detail, IssueSeverity Severity, string? Suggestion = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MappingEntry? Entry = null)
{
    internal static DestinationIssue Of(Fault fault, IssueSeverity severity) => new(fault.Pointer, fault.Code, fault.Detail, severity, fault.Suggestion);
}

[JsonConverter(typeof(CamelCaseEnumConverter<IssueSeverity>))]
public enum IssueSeverity
{
    /// <summary>It cannot be saved so.</summary>
    Error,

    /// <summary>It can, but may not do what is meant.</summary>
    Warning,

    /// <summary>Nothing is wrong with it; it could do more.</summary>
    Recommendation,
}

public sealed record DestinationIssues(ImmutableArray<DestinationIssue> Issues);

/// <summary>A run that removes everyone the destination added.</summary>
/// <param name="Id">The run's.</param>
public sealed record CleanUpStarted(string Id, string DestinationId, string Status);

/// <summary>Filters are as deep as their rules.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 4 * RuleReader.MaxDepth, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(DestinationView))]
[JsonSerializable(typeof(DestinationIssues))]
[JsonSerializable(typeof(CleanUpStarted))]
[JsonSerializable(typeof(ImmutableArray<MemberFilter>))]
[JsonSerializable(typeof(Destination))]
[JsonSerializable(typeof(DestinationState))]
internal sealed partial class DestinationJson : JsonSerializerContext;
