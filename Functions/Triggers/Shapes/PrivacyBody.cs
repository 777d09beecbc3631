using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using AudienceSync.Profiles;
using AudienceSync.Suppressions;

namespace AudienceSync.Triggers.Shapes;

/// <summary>One value whose people are sent to nobody: by <c>profileId</c>, by <c>type</c> with <c>value</c> or <c>sha256</c>, or under the identifier's name. Several in <c>entries</c>.</summary>
internal sealed record SuppressionBody : SuppressionSubjectBody
{
    /// <summary>Why, in your words.</summary>
    [StringLength(256)]
    public string? Reason { get; init; }

    /// <summary>Entries of a batch, in place of all else.</summary>
    [MaxLength(SuppressionIntake.MaxEntries), DisallowNull]
    public IReadOnlyList<SuppressionEntryBody>? Entries { get; init; }
}

/// <summary>One entry of a batch.</summary>
internal sealed record SuppressionEntryBody : SuppressionSubjectBody
{
    /// <summary>Why, in your words.</summary>
    [StringLength(256)]
    public string? Reason { get; init; }
}

/// <summary>The value whose entry is looked for.</summary>
internal sealed record SuppressionLookupBody : SuppressionSubjectBody;

/// <summary>What an entry is about: one value.</summary>
internal abstract record SuppressionSubjectBody
{
    /// <summary>The customer's id in your system.</summary>
    public string? ProfileId { get; init; }

    /// <summary><c>profileId</c> or an identifier: <c>email</c>, <c>phone</c>, <c>external_id</c>, <c>idfa</c>, <c>gaid</c>.</summary>
    public string? Type { get; init; }

    /// <summary>Of that type, in plain text: it is hashed at the door.</summary>
    public string? Value { get; init; }

    /// <summary>SHA-256 of the value in UTF-8, in 64 hexadecimal digits.</summary>
    public string? Sha256 { get; init; }

    public string? Email { get; init; }

    public string? Phone { get; init; }

    [JsonPropertyName(ProfileColumns.ExternalId)]
    public string? ExternalId { get; init; }

    public string? Idfa { get; init; }

    public string? Gaid { get; init; }
}
