using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using AudienceSync.Journeys;
using AudienceSync.Segments;

namespace AudienceSync.Triggers.Shapes;

/// <summary>A journey: steps that send whoever enters them to destinations.</summary>
internal sealed record JourneyBody : JourneySettings
{
    [MaxLength(JourneyInput.MostSteps)]
    public IReadOnlyList<JourneyStepBody>? Steps { get; init; }
}

/// <summary>What may change of a journey.</summary>
internal sealed record JourneyPatchBody : JourneySettings
{
    /// <summary>Those there are, are known by key, or by name; the list takes the place of all of them.</summary>
    [MaxLength(JourneyInput.MostSteps)]
    public IReadOnlyList<KnownStepBody>? Steps { get; init; }
}

/// <summary>What a journey says of itself.</summary>
internal abstract record JourneySettings
{
    /// <summary>Unique, never changes. Made from the name unless given.</summary>
    [RegularExpression(Patterns.Key)]
    public string? Key { get; init; }

    [StringLength(Segment.MaxNameLength, MinimumLength = 1)]
    public required string Name { get; init; }

    [StringLength(Segment.MaxDescriptionLength)]
    public string? Description { get; init; }

    /// <summary>True unless given. While it is not, nobody enters and nothing is sent.</summary>
    public bool? Enabled { get; init; }
}

/// <summary>A step of a journey, one that is there or a new one.</summary>
internal sealed record KnownStepBody : JourneyStepBody
{
    /// <summary>Of one that is there.</summary>
    [StringLength(256)]
    public string? Key { get; init; }
}

/// <summary>A step of a journey. Its key is made from its name: <c>j_o_opened_email__k3x9wq</c>.</summary>
internal record JourneyStepBody
{
    [StringLength(Segment.MaxNameLength, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>Whose members enter by themselves; entries are told alone unless given.</summary>
    public StepEntryBody? Entry { get; init; }

    /// <summary>A new step needs one at least, enabled, on a connection that works. Left out, those there are stay.</summary>
    [MaxLength(50)]
    public IReadOnlyList<OwnedDestinationBody>? Destinations { get; init; }
}

internal sealed record StepEntryBody
{
    [StringLength(256, MinimumLength = 1)]
    public required string SegmentId { get; init; }
}

/// <summary>Who entered a step.</summary>
[JsonDerivedType(typeof(ProfileEntriesBody))]
[JsonDerivedType(typeof(SegmentEntriesBody))]
internal abstract record EntriesBody;

/// <summary>These profiles.</summary>
internal sealed record ProfileEntriesBody : EntriesBody
{
    /// <summary>Ids of profiles.</summary>
    [MaxLength(EntryService.MaxEntries)]
    public required IReadOnlyList<string> ProfileIds { get; init; }
}

/// <summary>Whoever is a member of the segment now, up to 100,000: the answer counts them.</summary>
internal sealed record SegmentEntriesBody : EntriesBody
{
    [StringLength(256, MinimumLength = 1)]
    public required string SegmentId { get; init; }
}
