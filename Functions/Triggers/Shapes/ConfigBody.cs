using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using AudienceSync.Config;

namespace AudienceSync.Triggers.Shapes;

/// <summary>A document of configuration: a list for each kind, each entry with the fields of a request to its own endpoint, and with keys in place of ids.</summary>
internal sealed record ConfigBody
{
    /// <summary>1 unless given.</summary>
    [Range(ConfigDocument.Version, ConfigDocument.Version)]
    public int? Version { get; init; }

    /// <summary>A secret is a text to set it, <c>{"set":true}</c> to keep it, or null to clear it.</summary>
    [MaxLength(ConfigDocument.MaxEntries)]
    public IReadOnlyList<Dictionary<string, JsonElement>>? Connections { get; init; }

    [MaxLength(ConfigDocument.MaxEntries)]
    public IReadOnlyList<Dictionary<string, JsonElement>>? Segments { get; init; }

    /// <summary>Those that stand for themselves; those of campaigns and journeys stand there.</summary>
    [MaxLength(ConfigDocument.MaxEntries)]
    public IReadOnlyList<Dictionary<string, JsonElement>>? Destinations { get; init; }

    [MaxLength(ConfigDocument.MaxEntries)]
    public IReadOnlyList<Dictionary<string, JsonElement>>? Campaigns { get; init; }

    [MaxLength(ConfigDocument.MaxEntries)]
    public IReadOnlyList<Dictionary<string, JsonElement>>? Journeys { get; init; }

    /// <summary>The share of all profiles that no campaign sends to.</summary>
    public Dictionary<string, JsonElement>? Holdout { get; init; }
}
