using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using AudienceSync.Destinations;
using AudienceSync.Segments;

namespace AudienceSync.Triggers.Shapes;

/// <summary>What a destination leaves out of what its source gives it: members, or fields of what is sent about them.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "action")]
[JsonDerivedType(typeof(DropFilterShape), "drop")]
[JsonDerivedType(typeof(SampleFilterShape), "sample")]
[JsonDerivedType(typeof(AllowFilterShape), "allow")]
[JsonDerivedType(typeof(DenyFilterShape), "deny")]
internal abstract record FilterShape
{
    /// <summary>For people.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), StringLength(100)]
    public string? Name { get; init; }
}

/// <summary>Leaves members out.</summary>
internal sealed record DropFilterShape : FilterShape
{
    /// <summary>Whom it drops.</summary>
    public required RuleNode If { get; init; }
}

/// <summary>Keeps a share of the members.</summary>
internal sealed record SampleFilterShape : FilterShape
{
    /// <summary>Whom it looks at; everyone unless given.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RuleNode? If { get; init; }

    /// <summary>The share that it keeps, with two decimals at most.</summary>
    [Range(0, 100)]
    public required decimal Percent { get; init; }

    /// <summary>Sets its draw apart from others'; one of the destination's own unless given.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), StringLength(RuleReader.MaxNameLength, MinimumLength = 1)]
    public string? Salt { get; init; }
}

/// <summary>Sends these fields alone.</summary>
internal sealed record AllowFilterShape : FilterShape
{
    /// <summary>About whom; everyone unless given.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RuleNode? If { get; init; }

    /// <summary>As the mapping's <c>to</c> names them.</summary>
    [MinLength(1), MaxLength(MappingEntry.MaxEntries)]
    public required IReadOnlyList<string> Fields { get; init; }
}

/// <summary>Sends all fields but these.</summary>
internal sealed record DenyFilterShape : FilterShape
{
    /// <summary>About whom; everyone unless given.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RuleNode? If { get; init; }

    /// <summary>As the mapping's <c>to</c> names them.</summary>
    [MinLength(1), MaxLength(MappingEntry.MaxEntries)]
    public required IReadOnlyList<string> Fields { get; init; }
}
