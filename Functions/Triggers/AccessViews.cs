using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Access;

namespace AudienceSync.Triggers;

/// <param name="SeesIdentifiers">Whether identifiers of people come unmasked.</param>
internal sealed record MeView(string Name, CallerKind Kind, Role Role, ImmutableArray<Role> Includes, bool SeesIdentifiers);

internal sealed record RoleView(Role Role, string MayDo, ImmutableArray<Role> Includes);

/// <param name="Key">The value to call with: in the answer to creating and rotating only.</param>
internal sealed record ApiKeyView(
    string Id,
    string Name,
    Role Role,
    string Prefix,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset? PreviousExpiresAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Key = null)
{
    public static ApiKeyView Of(ApiKey key, string? value = null) =>
        new(key.Id, key.Name, key.Role, key.Prefix, key.CreatedAt, key.ExpiresAt, key.LastUsedAt, key.PreviousExpiresAt, value);
}

internal sealed record NewApiKey
{
    public required string Name { get; init; }

    public required Role Role { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}

internal sealed record KeyRotation
{
    /// <summary>How long the old value works on; a day by default, 0 for not at all.</summary>
    public int? GraceMinutes { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(RoleConverter), typeof(CallerKindConverter)])]
[JsonSerializable(typeof(MeView)), JsonSerializable(typeof(RoleView)), JsonSerializable(typeof(ApiKeyView)), JsonSerializable(typeof(NewApiKey))]
[JsonSerializable(typeof(KeyRotation)), JsonSerializable(typeof(AuditEvent))]
internal sealed partial class AccessJson : JsonSerializerContext;

internal sealed class RoleConverter() : JsonStringEnumConverter<Role>(System.Text.Json.JsonNamingPolicy.CamelCase, allowIntegerValues: false);

internal sealed class CallerKindConverter() : JsonStringEnumConverter<CallerKind>(System.Text.Json.JsonNamingPolicy.CamelCase, allowIntegerValues: false);
