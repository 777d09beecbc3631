using System.Text.Json.Serialization;
using AudienceSync.Faults;

namespace AudienceSync.Suppressions;

/// <summary>What put an entry on the list.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<SuppressionOrigin>))]
public enum SuppressionOrigin
{
    /// <summary>Somebody asked for it over the API.</summary>
    Request,

    /// <summary>The tombstone of an erasure: keeps a later import from bringing the person back to destinations.</summary>
    Erasure,
}

/// <summary>One entry of the list of those who are sent to nobody. It names nobody: what it was made from is not kept.</summary>
/// <param name="Id"><c>sup_</c> and 32 hexadecimal digits made from type and value: the same value is the same entry.</param>
/// <param name="Type"><c>profileId</c>, or the identifier's name.</param>
/// <param name="Reason">In the caller's words; of a tombstone <c>erasure</c>.</param>
/// <param name="ErasureId">Of a tombstone.</param>
public sealed record SuppressionEntry(
    string Id, string Type, string? Reason, SuppressionOrigin Origin, string? ErasureId, DateTimeOffset CreatedAt)
{
    /// <summary>Strong, for <c>If-Match</c>.</summary>
    [JsonPropertyName("etag")]
    public string ETag => $"\"{CreatedAt.UtcTicks:x}-{(Origin is SuppressionOrigin.Erasure ? 'e' : 'r')}\"";
}
