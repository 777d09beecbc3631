using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Campaigns;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Segments;

namespace AudienceSync.Triggers.Shapes;

/// <summary>A campaign: the members of a segment, cut into sub-audiences and these into groups.</summary>
internal sealed record CampaignBody : CampaignSettings
{
    /// <summary>In the order that decides under <c>firstMatch</c>. Later they have routes of their own.</summary>
    [MaxLength(SubAudienceInput.Most)]
    public IReadOnlyList<SubAudienceBody>? SubAudiences { get; init; }
}

/// <summary>What a campaign says of itself. Its sub-audiences and groups have routes of their own.</summary>
internal record CampaignSettings
{
    /// <summary>Unique, never changes. Made from the name unless given.</summary>
    [RegularExpression(Patterns.Key)]
    public string? Key { get; init; }

    [StringLength(Segment.MaxNameLength, MinimumLength = 1)]
    public required string Name { get; init; }

    [StringLength(Segment.MaxDescriptionLength)]
    public string? Description { get; init; }

    /// <summary>Whose members take part.</summary>
    [StringLength(256, MinimumLength = 1)]
    public required string SegmentId { get; init; }

    /// <summary>Segments whose members are left out, each by its id.</summary>
    [MaxLength(50), AnyOf(typeof(string), typeof(SegmentSourceBody), OfItems = true)]
    public IReadOnlyList<JsonElement>? Exclusions { get; init; }

    /// <summary><c>firstMatch</c> unless given.</summary>
    public CampaignAssignment? Assignment { get; init; }

    /// <summary>False unless given. Enabling launches it, or has it wait for its launch.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Every six hours from the moment it is enabled, unless given.</summary>
    public CampaignScheduleBody? Schedule { get; init; }

    /// <summary>Sets its draw apart from others'; made unless given, and fixed from the launch on.</summary>
    [StringLength(RuleReader.MaxNameLength, MinimumLength = 1)]
    public string? Salt { get; init; }
}

/// <summary>When a campaign's destinations run: once, or by an interval or a cron expression; not before its launch.</summary>
internal sealed record CampaignScheduleBody
{
    /// <summary>Told by the other fields unless given.</summary>
    public CampaignScheduleType? Type { get; init; }

    /// <summary>When it is enabled, unless given. Fixed from the launch on.</summary>
    public DateTimeOffset? LaunchAt { get; init; }

    /// <summary>The same as the type <c>once</c>.</summary>
    public bool? Once { get; init; }

    [Range(Schedule.MinIntervalMinutes, Schedule.MaxIntervalMinutes)]
    public int? IntervalMinutes { get; init; }

    /// <summary>Six fields: second, minute, hour, day of month, month, day of week.</summary>
    [StringLength(200)]
    public string? Cron { get; init; }

    /// <summary>IANA name, such as <c>Europe/Berlin</c>; with <c>cron</c>.</summary>
    [StringLength(100)]
    public string? TimeZone { get; init; }
}

/// <summary>When a campaign's destinations run.</summary>
/// <param name="LaunchAt">Null for when it is enabled.</param>
internal sealed record CampaignScheduleShape(
    CampaignScheduleType Type,
    DateTimeOffset? LaunchAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? IntervalMinutes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cron,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TimeZone);

[JsonConverter(typeof(CamelCaseEnumConverter<CampaignScheduleType>))]
internal enum CampaignScheduleType
{
    /// <summary>At its launch, and not again.</summary>
    Once,

    /// <summary>Again and again from its launch on.</summary>
    Recurring,
}

/// <summary>A part of a campaign's audience, with its groups.</summary>
internal sealed record SubAudienceBody : SubAudienceSettings
{
    /// <summary>None yet, or shares that make 100 percent.</summary>
    [MaxLength(GroupInput.Most)]
    public IReadOnlyList<CampaignGroupBody>? Groups { get; init; }
}

/// <summary>A part of a campaign's audience. Its groups have a route of their own.</summary>
internal record SubAudienceSettings
{
    [StringLength(Segment.MaxNameLength, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>Whom it holds, of the audience; null, or left out, for everyone.</summary>
    public RuleNode? Rules { get; init; }

    /// <summary>From 0. A new one stands behind the others unless given, another stays where it is.</summary>
    [Range(0, SubAudienceInput.Most)]
    public int? Position { get; init; }
}

/// <summary>The groups of a sub-audience: they take the place of those there are.</summary>
internal sealed record CampaignGroupsBody
{
    /// <summary>In the order in which they share the buckets. Those there are, are known by id, or by name.</summary>
    [MinLength(1), MaxLength(GroupInput.Most)]
    public required IReadOnlyList<KnownGroupBody> Groups { get; init; }
}

/// <summary>A share of a sub-audience, one that is there or a new one.</summary>
internal sealed record KnownGroupBody : CampaignGroupBody
{
    /// <summary>Of one that is there.</summary>
    [StringLength(256)]
    public string? Id { get; init; }
}

/// <summary>A share of a sub-audience.</summary>
internal record CampaignGroupBody
{
    /// <summary><c>Treatment</c> or <c>Control</c> unless given.</summary>
    [StringLength(Segment.MaxNameLength)]
    public string? Name { get; init; }

    /// <summary><c>treatment</c> unless given.</summary>
    public GroupRole? Role { get; init; }

    /// <summary>Percent of the sub-audience, with two decimals at most.</summary>
    [Range(0, 100)]
    public required decimal Share { get; init; }

    /// <summary>Those of each of the group's destinations here that names none.</summary>
    [MaxLength(MappingEntry.MaxEntries)]
    public IReadOnlyList<string>? Attributes { get; init; }

    /// <summary>Of a treatment group. Left out, those there are stay.</summary>
    [MaxLength(50)]
    public IReadOnlyList<OwnedDestinationBody>? Destinations { get; init; }
}

/// <summary>The share of all profiles that no campaign sends to.</summary>
internal sealed record HoldoutBody
{
    /// <summary>Of all profiles, with two decimals at most; 0 holds nobody out.</summary>
    [Range(0, 100)]
    public required decimal Percent { get; init; }

    /// <summary>The present one stays unless given; the first is made.</summary>
    [StringLength(RuleReader.MaxNameLength, MinimumLength = 1)]
    public string? Salt { get; init; }
}

/// <summary>What to simulate: each may be left out.</summary>
internal sealed record SimulationBody
{
    /// <summary>Of each group, at most; 10 unless given.</summary>
    [Range(1, CampaignSimulator.MaxProfiles)]
    public int? Profiles { get; init; }

    /// <summary>The moment that dates are compared with; now unless given.</summary>
    public DateTimeOffset? AsOf { get; init; }
}
