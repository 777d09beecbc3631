using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>The members of a source kept in step with one list, audience or stream on a connection. How its runs go is kept apart: <see cref="DestinationState"/>.</summary>
public sealed record Destination : IListed
{
    /// <summary><c>dst_…</c></summary>
    public required string Id { get; init; }

    /// <summary>Unique, never changes.</summary>
    public required string Key { get; init; }

    public required string Name { get; init; }

    public string Description { get; init; } = "";

    public required DestinationSource Source { get; init; }

    /// <summary>Never changes: what was accepted there says nothing about another account.</summary>
    public required string ConnectionId { get; init; }

    public required DestinationAudience Audience { get; init; }

    public DestinationMode Mode { get; init; } = DestinationMode.Mirror;

    /// <summary>A disabled destination keeps everything and sends nothing.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Of a campaign's or a journey's destination: somebody switched it off by itself, so that its owner leaves it off.</summary>
    public bool KeptOff { get; init; }

    /// <summary>Nothing is sent before this moment: the launch of its campaign. Null for no such bound.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Runs by its schedule; otherwise by hand alone.</summary>
    public bool AutoSync { get; init; } = true;

    public required Schedule Schedule { get; init; }

    /// <summary>Members who have not granted this purpose are not delivered; null asks nobody.</summary>
    public string? ConsentPurpose { get; init; }

    public required ImmutableArray<MappingEntry> Mapping { get; init; }

    /// <summary>From 1; raised when the mapping changes, or which of its fields are sent.</summary>
    public int MappingVersion { get; init; } = 1;

    /// <summary>What is left out of what the source gives; none where a document is from before there were any.</summary>
    public ImmutableArray<MemberFilter> Filters { get => field.IsDefault ? [] : field; init; } = [];

    public FirstRun FirstRun { get; init; } = FirstRun.Backfill;

    public Guards Guards { get; init; } = new();

    /// <summary>It is being cleaned up: everyone it added is removed, then it is deleted.</summary>
    public bool Deleting { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Raised by each change that a person makes: the API's ETag.</summary>
    public int Revision { get; init; } = 1;

    [JsonIgnore]
    public string ETag => $"\"{Revision}\"";

    /// <summary>Given by the store, which replaces no other version; not part of the document.</summary>
    [JsonIgnore]
    public string Version { get; init; } = "";

    /// <summary>Whether the segments of its source are locked: the destination would act on a changed rule by itself.</summary>
    [JsonIgnore]
    public bool LocksSegment => Enabled && AutoSync && !Deleting;

    /// <summary>Whether it sends over the connection, or takes its members from there.</summary>
    public bool Uses(string connectionId) => ConnectionId == connectionId || (Source is DestinationSource.OfQuery query && query.ConnectionId == connectionId);

    /// <summary>The list, audience or stream as connectors name it.</summary>
    public AudienceRef ToAudienceRef() =>
        new(Id, Source is DestinationSource.OfStep(_, var step) ? step : Key.Replace('-', '_'), Audience.Name, Audience.ExternalId);
}

/// <param name="ExternalId">The platform's id: given by the user for an existing audience, else learnt when it is created.</param>
public sealed record DestinationAudience(string Name, string? ExternalId);

/// <summary>What is sent (design: sync modes).</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<DestinationMode>))]
public enum DestinationMode
{
    /// <summary>Adds, changes, and removes whom we added.</summary>
    Mirror,

    /// <summary>Whoever enters is added; nobody is changed or removed.</summary>
    AddOnly,

    /// <summary>Adds and changes.</summary>
    Upsert,

    /// <summary>Changes those who are there.</summary>
    UpdateOnly,

    /// <summary>Takes the members of the segment off the audience.</summary>
    RemoveOnly,

    /// <summary>One event a person: entered, changed, exited.</summary>
    Events,
}

/// <summary>What the first run does with the members there are.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<FirstRun>))]
public enum FirstRun
{
    /// <summary>Sends everyone.</summary>
    Backfill,

    /// <summary>Records everyone as accepted without sending: they are on the list already.</summary>
    Baseline,

    /// <summary>Leaves everyone out who is a member now; only who enters later is sent.</summary>
    NewOnly,
}

/// <summary>Bounds of a run; one that passes any is held until someone approves. Null switches a guard off.</summary>
/// <remarks>Percentages are of the members accepted so far. Removals trip only when both of their bounds are passed, where both are set.</remarks>
public sealed record Guards
{
    /// <summary>Percent, 0–100.</summary>
    public decimal? MaxRemovePercent { get; init; } = 20;

    /// <summary>Members.</summary>
    public int? MaxRemoveCount { get; init; } = 100;

    /// <summary>Percent, may pass 100.</summary>
    public decimal? MaxAddPercent { get; init; } = 100;

    /// <summary>Percent of the members who lack a required identifier, 0–100.</summary>
    public decimal? MaxInvalidPercent { get; init; } = 5;
}
