using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Destinations;
using AudienceSync.Profiles;

namespace AudienceSync.Triggers.Shapes;

/// <summary>A destination: a segment kept in step with one list, audience or stream on a connection.</summary>
internal sealed record DestinationBody : DestinationSettings
{
    public required SourceBody Source { get; init; }
}

/// <summary>A destination of a campaign's group or a journey's step, which is its source.</summary>
internal sealed record OwnedDestinationBody : DestinationSettings
{
    /// <summary>Of one that is there. Without it one is known by its key, or by its list on its connection.</summary>
    [StringLength(256)]
    public string? Id { get; init; }
}

/// <summary>What a destination says of itself, whatever its source.</summary>
internal abstract record DestinationSettings
{
    /// <summary>Unique, never changes. Made from the name unless given.</summary>
    [RegularExpression(Patterns.Key)]
    public string? Key { get; init; }

    /// <summary>The audience's, or the segment's name unless given.</summary>
    [StringLength(200)]
    public string? Name { get; init; }

    [StringLength(2000)]
    public string? Description { get; init; }

    /// <summary>Never changes.</summary>
    [StringLength(256)]
    public required string ConnectionId { get; init; }

    public AudienceBody? Audience { get; init; }

    /// <summary><c>mirror</c> unless given.</summary>
    public DestinationMode? Mode { get; init; }

    /// <summary>True unless given. A disabled destination keeps everything and sends nothing.</summary>
    public bool? Enabled { get; init; }

    /// <summary>True unless given: it runs by its schedule.</summary>
    public bool? AutoSync { get; init; }

    /// <summary>Every six hours unless given.</summary>
    public ScheduleBody? Schedule { get; init; }

    /// <summary>Only members who granted this purpose are delivered; null asks nobody.</summary>
    [StringLength(64, MinimumLength = 1)]
    public string? ConsentPurpose { get; init; }

    /// <summary>The connector's default mapping unless given.</summary>
    [MaxLength(MappingEntry.MaxEntries)]
    public IReadOnlyList<MappingEntryBody>? Mapping { get; init; }

    /// <summary>Attributes that are sent under their own names, beside the mapping, or beside the connector's usual one.</summary>
    [MaxLength(MappingEntry.MaxEntries)]
    public IReadOnlyList<string>? Attributes { get; init; }

    /// <summary>Members and fields that are left out; none unless given.</summary>
    [MaxLength(FilterReader.MaxFilters)]
    public IReadOnlyList<FilterShape>? Filters { get; init; }

    /// <summary><c>backfill</c> unless given.</summary>
    public FirstRun? FirstRun { get; init; }

    public GuardsBody? Guards { get; init; }

    /// <summary>What is left out comes from the connection's defaults.</summary>
    public bool? FromDefaults { get; init; }
}

/// <summary>Where the members come from. Groups of campaigns and steps of journeys have destinations of their own.</summary>
[JsonDerivedType(typeof(SegmentSourceBody))]
[JsonDerivedType(typeof(GroupSourceBody))]
[JsonDerivedType(typeof(StepSourceBody))]
[JsonDerivedType(typeof(QuerySourceBody))]
internal abstract record SourceBody;

/// <summary>The members of a shared segment.</summary>
internal sealed record SegmentSourceBody : SourceBody
{
    [StringLength(256)]
    public required string SegmentId { get; init; }
}

/// <summary>The members of one treatment group of a campaign's sub-audience.</summary>
internal sealed record GroupSourceBody : SourceBody
{
    [StringLength(256)]
    public required string CampaignId { get; init; }

    [StringLength(256)]
    public required string SubAudienceId { get; init; }

    [StringLength(256)]
    public required string GroupId { get; init; }
}

/// <summary>Those who entered a step of a journey.</summary>
internal sealed record StepSourceBody : SourceBody
{
    [StringLength(256)]
    public required string JourneyId { get; init; }

    [StringLength(256)]
    public required string StepKey { get; init; }
}

/// <summary>The rows of a query on a connection: one a member.</summary>
internal sealed record QuerySourceBody : SourceBody
{
    /// <summary>One whose connector answers queries.</summary>
    [StringLength(256)]
    public required string ConnectionId { get; init; }

    /// <summary>A SELECT; <c>@asOf</c> is the moment of the run.</summary>
    [StringLength(8000)]
    public required string Query { get; init; }

    /// <summary>The column that holds the member's id.</summary>
    [StringLength(256)]
    public required string KeyColumn { get; init; }
}

/// <summary>The list, audience or stream on the platform.</summary>
internal sealed record AudienceBody
{
    /// <summary>The segment's name unless given.</summary>
    [StringLength(200)]
    public string? Name { get; init; }

    /// <summary>The platform's id of an audience that is there; without it one is found by name, or made.</summary>
    [StringLength(256)]
    public string? ExternalId { get; init; }
}

/// <summary>When a destination runs by itself.</summary>
[JsonDerivedType(typeof(IntervalScheduleBody))]
[JsonDerivedType(typeof(CronScheduleBody))]
[JsonDerivedType(typeof(OnceScheduleBody))]
internal abstract record ScheduleBody;

/// <summary>Every so many minutes.</summary>
internal sealed record IntervalScheduleBody : ScheduleBody
{
    [Range(Schedule.MinIntervalMinutes, Schedule.MaxIntervalMinutes)]
    public required int IntervalMinutes { get; init; }
}

/// <summary>By a cron expression in a time zone.</summary>
internal sealed record CronScheduleBody : ScheduleBody
{
    /// <summary>Six fields: second, minute, hour, day of month, month, day of week.</summary>
    [StringLength(200)]
    public required string Cron { get; init; }

    /// <summary>IANA name, such as <c>Europe/Berlin</c>.</summary>
    [StringLength(100)]
    public required string TimeZone { get; init; }
}

/// <summary>When it is enabled, and not again by itself.</summary>
internal sealed record OnceScheduleBody : ScheduleBody
{
    public required bool Once { get; init; }
}

/// <summary>One field of the payload, or one of each attribute of a category. Exactly one of <c>from</c>, <c>template</c>, <c>value</c> and <c>category</c> says what fills it.</summary>
internal sealed record MappingEntryBody
{
    /// <summary>An identifier, an attribute, <c>id</c>, <c>trackingId</c> or <c>urlToken</c>.</summary>
    [StringLength(128, MinimumLength = 1)]
    public string? From { get; init; }

    /// <summary>A text with places to fill, such as <c>{{country}}-{{orders}}</c>.</summary>
    [StringLength(2048)]
    public string? Template { get; init; }

    /// <summary>The same for everyone: a text, number, boolean or list of texts.</summary>
    public JsonElement? Value { get; init; }

    /// <summary>Every attribute of this category that has no entry of its own, a field each.</summary>
    [StringLength(128, MinimumLength = 1)]
    public string? Category { get; init; }

    /// <summary>The platform's field. Of a category a template for the names of its fields, which may be left out.</summary>
    [StringLength(MappingEntry.MaxTargetLength, MinimumLength = 1)]
    public string? To { get; init; }

    /// <summary>The platform finds the member by this field: a removal carries it.</summary>
    public bool? Identifier { get; init; }

    /// <summary>Which of the values of the identifier that <c>from</c> names; <c>last</c> unless given.</summary>
    public IdentifierStrategy? Strategy { get; init; }

    /// <summary>What a missing value becomes; <c>omit</c> unless given.</summary>
    public NullPolicy? Nulls { get; init; }

    /// <summary>Sent when the member is added and never again.</summary>
    public bool? SetOnce { get; init; }
}

/// <summary>Bounds of a run; one that passes any is held until someone approves. Left out: the default; null: off.</summary>
internal sealed record GuardsBody
{
    /// <summary>Percent of the accepted members; 20 unless given. Trips together with <c>maxRemoveCount</c>, where both are set.</summary>
    [Range(0, 100)]
    public decimal? MaxRemovePercent { get; init; }

    /// <summary>Members; 100 unless given, or off with <c>maxRemovePercent</c>. A count without a percentage is a bound of its own.</summary>
    [Range(0, int.MaxValue)]
    public int? MaxRemoveCount { get; init; }

    /// <summary>Percent of the accepted members, may pass 100; 100 unless given.</summary>
    [Range(0, double.PositiveInfinity)]
    public decimal? MaxAddPercent { get; init; }

    /// <summary>Percent of the members who lack a required identifier; 5 unless given.</summary>
    [Range(0, 100)]
    public decimal? MaxInvalidPercent { get; init; }
}

/// <summary>What to show: each may be left out.</summary>
internal sealed record PreviewBody
{
    /// <summary>A generated profile unless given.</summary>
    [StringLength(256)]
    public string? ProfileId { get; init; }

    /// <summary><c>entered</c> unless given.</summary>
    public Delivery.TestEventKind? Event { get; init; }

    /// <summary>The saved mapping unless given.</summary>
    [MaxLength(MappingEntry.MaxEntries)]
    public IReadOnlyList<MappingEntryBody>? Mapping { get; init; }
}
