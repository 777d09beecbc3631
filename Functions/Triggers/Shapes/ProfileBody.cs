using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Triggers.Shapes;

/// <summary>Up to 1,000 operations; those of one profile apply in their order.</summary>
internal sealed record OperationsBody
{
    [MaxLength(ProfileIngest.MaxOperations)]
    public required IReadOnlyList<OperationBody> Operations { get; init; }
}

[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(IdentifyOperationBody), "identify")]
[JsonDerivedType(typeof(ConsentOperationBody), "consent")]
[JsonDerivedType(typeof(EraseOperationBody), "erase")]
internal abstract record OperationBody
{
    /// <summary>The customer's id in your system.</summary>
    [StringLength(ProfileRules.MaxIdLength, MinimumLength = 1)]
    public required string Id { get; init; }

    /// <summary>When it was so; the time of arrival unless given. Per attribute the later one wins.</summary>
    public DateTimeOffset? OccurredAt { get; init; }
}

/// <summary>Sets what is known of a profile; what is not named stays.</summary>
internal sealed record IdentifyOperationBody : OperationBody
{
    [DisallowNull]
    public IdentifiersBody? Identifiers { get; init; }

    /// <summary>By name. Typed by value: integer, decimal, boolean, RFC 3339 date-time or date, text, list of texts; null clears.</summary>
    [DisallowNull]
    public IReadOnlyDictionary<string, Cell>? Attributes { get; init; }

    /// <summary>By purpose.</summary>
    [DisallowNull]
    public IReadOnlyDictionary<string, ConsentBody>? Consents { get; init; }
}

/// <summary>Notes consents: several under <c>consents</c>, or one by <c>purpose</c> and <c>state</c>.</summary>
internal sealed record ConsentOperationBody : OperationBody
{
    /// <summary>By purpose.</summary>
    [DisallowNull]
    public IReadOnlyDictionary<string, ConsentBody>? Consents { get; init; }

    [DisallowNull]
    public string? Purpose { get; init; }

    public ConsentState State { get; init; }

    [StringLength(ProfileRules.MaxSourceLength)]
    public string? Source { get; init; }

    public DateTimeOffset? CapturedAt { get; init; }
}

/// <summary>Erases a person: the profile at once, then every destination is told; the erasure shows their receipts.</summary>
internal sealed record EraseOperationBody : OperationBody;

/// <summary>One profile: what is not named stays.</summary>
internal sealed record ProfileBody
{
    /// <summary>The customer's id in your system.</summary>
    [StringLength(ProfileRules.MaxIdLength, MinimumLength = 1)]
    public required string Id { get; init; }

    [DisallowNull]
    public IdentifiersBody? Identifiers { get; init; }

    /// <summary>By name. Typed by value: integer, decimal, boolean, RFC 3339 date-time or date, text, list of texts; null clears.</summary>
    [DisallowNull]
    public IReadOnlyDictionary<string, Cell>? Attributes { get; init; }

    /// <summary>By purpose.</summary>
    [DisallowNull]
    public IReadOnlyDictionary<string, ConsentBody>? Consents { get; init; }

    /// <summary>When it was so; the time of arrival unless given. Per attribute the later one wins.</summary>
    public DateTimeOffset? OccurredAt { get; init; }
}

/// <summary>By which platforms find a person: one value, or several with the latest last; null clears.</summary>
internal sealed record IdentifiersBody
{
    [AnyOf(typeof(string), typeof(string[]))]
    public JsonElement? Email { get; init; }

    /// <summary>E.164: <c>+</c>, country code, 8 to 15 digits in all. Blanks, brackets, dots and hyphens are removed.</summary>
    [AnyOf(typeof(string), typeof(string[]))]
    public JsonElement? Phone { get; init; }

    [JsonPropertyName(ProfileColumns.ExternalId)]
    [AnyOf(typeof(string), typeof(string[]))]
    public JsonElement? ExternalId { get; init; }

    /// <summary>Apple's advertising id, a UUID.</summary>
    [AnyOf(typeof(string), typeof(string[]))]
    public JsonElement? Idfa { get; init; }

    /// <summary>Google's advertising id, a UUID.</summary>
    [AnyOf(typeof(string), typeof(string[]))]
    public JsonElement? Gaid { get; init; }
}

/// <summary>What a person said about one purpose.</summary>
internal sealed record ConsentBody
{
    public required ConsentState State { get; init; }

    /// <summary>Where it was said.</summary>
    [StringLength(ProfileRules.MaxSourceLength)]
    public string? Source { get; init; }

    /// <summary>When it was said; an older one than the one known is ignored. The operation's time unless given.</summary>
    public DateTimeOffset? CapturedAt { get; init; }
}

/// <summary>Whom to look for: values of one identifier or of several, all of which must be the profile's. They may also stand at the top.</summary>
internal sealed record ProfileLookupBody
{
    public required LookupIdentifiersBody Identifiers { get; init; }
}

/// <summary>Each in any spelling that is one with the profile's: mailboxes and device ids without regard to case, phone numbers with or without blanks.</summary>
internal sealed record LookupIdentifiersBody
{
    [StringLength(1024)]
    public string? Email { get; init; }

    /// <summary>E.164.</summary>
    [StringLength(1024)]
    public string? Phone { get; init; }

    [JsonPropertyName(ProfileColumns.ExternalId)]
    [StringLength(1024)]
    public string? ExternalId { get; init; }

    [StringLength(1024)]
    public string? Idfa { get; init; }

    [StringLength(1024)]
    public string? Gaid { get; init; }
}
