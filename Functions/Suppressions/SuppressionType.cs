using System.Collections.Immutable;
using AudienceSync.Faults;
using AudienceSync.Profiles;

namespace AudienceSync.Suppressions;

/// <summary>What an entry can be made from: a profile's id, or one of its identifiers.</summary>
internal static class SuppressionType
{
    public const string ProfileId = "profileId";

    public static ImmutableArray<string> All { get; } = [ProfileId, .. ProfileColumns.Identifiers];

    /// <summary>The type of that name, whatever its case and separators: <c>externalId</c> is <c>external_id</c>. Null when there is none.</summary>
    public static string? Find(string name) => All.FirstOrDefault(type => Plain(type) == Plain(name));

    /// <summary>The form of an identifier that its digest is made of: trimmed and in lower case where spelling does not matter, a phone number as E.164 with its plus.</summary>
    /// <remarks>An external id is taken letter by letter: two that differ in case may be two people.</remarks>
    public static Fault? Normalize(string type, ref string value, string pointer)
    {
        value = type is ProfileColumns.ExternalId ? value : value.Trim();
        var fault = ProfileRules.CheckIdentifier(type, ref value, pointer);
        value = Fold(type, value);
        return fault;
    }

    /// <summary>As <see cref="Normalize"/>, of a value that was checked when it came in.</summary>
    public static string Fold(string type, string value) =>
        IdentifierForms.Of(type, type is ProfileColumns.Email or ProfileColumns.Idfa or ProfileColumns.Gaid ? value.Trim() : value);

    private static string Plain(string name) =>
        name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
}
