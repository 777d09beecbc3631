using System.Text.Json.Nodes;

namespace AudienceSync.Triggers.Shapes;

/// <summary>A configuration as <c>GET /config</c> gives it. A list that is left out says nothing of its kind; an empty one says that there is to be none.</summary>
internal sealed record ConfigBody
{
    /// <summary>1.</summary>
    public int? Version { get; init; }

    /// <summary>Each with its key. A secret is a text, or <c>{"set":true}</c> to keep the one there is.</summary>
    public IReadOnlyList<JsonObject>? Connections { get; init; }

    /// <summary>Each with its key.</summary>
    public IReadOnlyList<JsonObject>? Segments { get; init; }

    /// <summary>Each with its key.</summary>
    public IReadOnlyList<JsonObject>? Destinations { get; init; }

    /// <summary>Each with its key, its sub-audiences, groups and destinations.</summary>
    public IReadOnlyList<JsonObject>? Campaigns { get; init; }

    /// <summary>Each with its key, its steps and destinations.</summary>
    public IReadOnlyList<JsonObject>? Journeys { get; init; }

    public JsonObject? Holdout { get; init; }
}
