using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using AudienceSync.Suppressions;

namespace AudienceSync.Triggers.Shapes;

/// <summary>Whom to send to nobody: one, or a batch.</summary>
[JsonDerivedType(typeof(SuppressionBody))]
[JsonDerivedType(typeof(SuppressionBatchBody))]
internal abstract record SuppressionsBody;

/// <summary>One person, by one value.</summary>
internal sealed record SuppressionBody : SuppressionsBody
{
    /// <summary>The id of a profile.</summary>
    [StringLength(1024)]
    public string? ProfileId { get; init; }

    [StringLength(1024)]
    public string? Email { get; init; }

    [StringLength(1024)]
    public string? Phone { get; init; }

    [JsonPropertyName("external_id")]
    [StringLength(1024)]
    public string? ExternalId { get; init; }

    [StringLength(1024)]
    public string? Idfa { get; init; }

    [StringLength(1024)]
    public string? Gaid { get; init; }

    /// <summary><c>profileId</c>, or the name of an identifier: then <c>value</c> or <c>sha256</c> says which.</summary>
    [StringLength(1024)]
    public string? Type { get; init; }

    /// <summary>In plain text; hashed at once and not kept.</summary>
    [StringLength(1024)]
    public string? Value { get; init; }

    /// <summary>Of the normalised value, in 64 hexadecimal digits.</summary>
    [StringLength(1024)]
    public string? Sha256 { get; init; }

    /// <summary>In your words.</summary>
    [StringLength(256)]
    public string? Reason { get; init; }
}

/// <summary>Up to 1,000; one that is refused does not stop the others.</summary>
internal sealed record SuppressionBatchBody : SuppressionsBody
{
    [MaxLength(SuppressionIntake.MaxEntries)]
    public required IReadOnlyList<SuppressionBody> Entries { get; init; }
}

/// <summary>One value, whose entry is looked for.</summary>
internal sealed record SuppressionSubjectBody
{
    /// <summary>The id of a profile.</summary>
    [StringLength(1024)]
    public string? ProfileId { get; init; }

    [StringLength(1024)]
    public string? Email { get; init; }

    [StringLength(1024)]
    public string? Phone { get; init; }

    [JsonPropertyName("external_id")]
    [StringLength(1024)]
    public string? ExternalId { get; init; }

    [StringLength(1024)]
    public string? Idfa { get; init; }

    [StringLength(1024)]
    public string? Gaid { get; init; }

    /// <summary><c>profileId</c>, or the name of an identifier: then <c>value</c> or <c>sha256</c> says which.</summary>
    [StringLength(1024)]
    public string? Type { get; init; }

    /// <summary>In plain text; hashed at once and not kept.</summary>
    [StringLength(1024)]
    public string? Value { get; init; }

    /// <summary>Of the normalised value, in 64 hexadecimal digits.</summary>
    [StringLength(1024)]
    public string? Sha256 { get; init; }
}

/// <summary>Whom to erase.</summary>
internal sealed record ErasureBody
{
    /// <summary>The id of a profile, whether there is one or not.</summary>
    [StringLength(256, MinimumLength = 1)]
    public required string ProfileId { get; init; }
}
