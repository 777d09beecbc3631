using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Connections;

/// <summary>Credentials and settings for one account on one platform, and what its new destinations start from.</summary>
public sealed record Connection : IListed
{
    /// <summary><c>con_…</c></summary>
    public required string Id { get; init; }

    /// <summary>Unique, never changes.</summary>
    public required string Key { get; init; }

    /// <summary>The connector's slug; never changes.</summary>
    public required string Type { get; init; }

    public required string Name { get; init; }

    /// <summary>By the names of the connector's card; numbers and flags in their JSON spelling.</summary>
    public ImmutableDictionary<string, string> Settings { get; init; } = ImmutableDictionary<string, string>.Empty;

    public ImmutableDictionary<string, SealedSecret> Secrets { get; init; } = ImmutableDictionary<string, SealedSecret>.Empty;

    public ConnectionStatus Status { get; init; } = ConnectionStatus.Unchecked;

    /// <summary>Why, when not healthy; redacted.</summary>
    public string? StatusDetail { get; init; }

    /// <summary>Mode, schedule, mapping and audience name of new destinations, as they were sent; null for none.</summary>
    public JsonElement? Defaults { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Raised by each change that a person makes, not by what is found out about the credentials: the API's ETag.</summary>
    public int Revision { get; init; } = 1;

    /// <summary>What <c>If-Match</c> is compared with: a check or a run that marks the connection does not invalidate an edit at hand.</summary>
    [JsonIgnore]
    public string ETag => $"\"{Revision}\"";

    /// <summary>Connections have none.</summary>
    string IListed.Description => "";

    /// <summary>Given by the store, which replaces no other version; not part of the document.</summary>
    [JsonIgnore]
    public string Version { get; init; } = "";
}

/// <summary>A secret as it is kept.</summary>
/// <param name="Sealed">What <see cref="ISecretSealer.Seal"/> gave, or where the vault has it; never leaves the service.</param>
public sealed record SealedSecret(string Sealed, DateTimeOffset UpdatedAt);

/// <summary>What is known about a connection's credentials.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ConnectionStatus>))]
public enum ConnectionStatus
{
    /// <summary>New, or changed since the last answer.</summary>
    Unchecked,
    Healthy,

    /// <summary>The platform refused the credentials: its destinations pause.</summary>
    Unauthorized,
}
