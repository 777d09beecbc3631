using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Connections;

/// <summary>A connection as answers show it: of a secret only that it is set, and since when.</summary>
public sealed record ConnectionView(
    string Id,
    string Key,
    string Type,
    string Name,
    [property: JsonPropertyName("etag")] string ETag,
    JsonElement Settings,
    IReadOnlyDictionary<string, SecretView> Secrets,
    ConnectionStatus Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? StatusDetail,
    JsonElement? Defaults,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

public sealed record SecretView(bool Set, DateTimeOffset UpdatedAt);

/// <summary>What a check came to. A failed step is a result, not an error.</summary>
public sealed record ConnectionCheck(bool Ok, ImmutableArray<ConnectionCheckStep> Steps);

/// <param name="Ms">Milliseconds, rounded.</param>
public sealed record ConnectionCheckStep(
    string Name,
    bool Ok,
    long Ms,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(ConnectionView))]
[JsonSerializable(typeof(ConnectionCheck))]
[JsonSerializable(typeof(Connection))]
internal sealed partial class ConnectionJson : JsonSerializerContext;
