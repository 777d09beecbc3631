using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AudienceSync.Config;

/// <summary>The configuration as one document: what <c>PUT /config</c> takes. Everything is named by its key.</summary>
public sealed record ConfigView(
    int Version,
    ImmutableArray<JsonObject> Connections,
    ImmutableArray<JsonObject> Segments,
    ImmutableArray<JsonObject> Destinations,
    ImmutableArray<JsonObject> Campaigns,
    ImmutableArray<JsonObject> Journeys,
    JsonObject Holdout);

/// <summary>What a document changes, or has changed.</summary>
/// <param name="Applied">False for a plan.</param>
/// <param name="Summary"><c>no changes</c>, or how many.</param>
/// <param name="Prunable">There, and not in the document: deleted with <c>prune=true</c> alone.</param>
/// <param name="Unchanged">Named by the document, and already as it says.</param>
/// <param name="Warnings">Worth knowing before it is applied.</param>
/// <param name="ETag">Of the configuration that the plan is for; of the one there is now when it was applied. A plan holds as long as this does.</param>
public sealed record ConfigPlan(
    bool Applied,
    string Summary,
    ImmutableArray<ConfigChange> Creates,
    ImmutableArray<ConfigChange> Updates,
    ImmutableArray<ConfigChange> Deletes,
    ImmutableArray<ConfigChange> Prunable,
    int Unchanged,
    ImmutableArray<string> Warnings,
    [property: JsonPropertyName("etag")] string ETag)
{
    public const string NoChanges = "no changes";
}

/// <param name="Type"><c>connection</c>, <c>segment</c>, <c>destination</c>, <c>campaign</c>, <c>journey</c> or <c>holdout</c>.</param>
/// <param name="Id">Null where there is none yet.</param>
/// <param name="Owner">The key of the campaign or journey whose destination it is.</param>
/// <param name="Fields">What differs; null for what is deleted.</param>
public sealed record ConfigChange(string Type, string Key, string? Id, string? Name, string? Owner, ImmutableArray<ConfigField>? Fields);

/// <param name="Pointer">JSON Pointer within the entry.</param>
/// <param name="Old">Left out where there was none.</param>
/// <param name="New">Left out where there is none any more.</param>
public sealed record ConfigField(string Pointer, JsonElement? Old, JsonElement? New);
