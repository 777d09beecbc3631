using System.Collections.Frozen;
using System.Collections.Immutable;

namespace AudienceSync.Segments;

/// <summary>The columns of a profile page that are no attributes.</summary>
internal static class ProfileColumns
{
    public const string Id = "id";

    /// <summary>Columns whose names start so are kept for the system and are shown to nobody.</summary>
    public const char InternalPrefix = '$';

    public static ImmutableArray<string> Identifiers { get; } = ["email", "phone", "external_id", "idfa", "gaid"];

    /// <summary>The id and the identifiers: always text, also where it reads like a date.</summary>
    public static FrozenSet<string> AlwaysText { get; } = FrozenSet.ToFrozenSet([Id, .. Identifiers], StringComparer.Ordinal);

    /// <summary>Derived from the id when a mapping asks for them; no profile holds them.</summary>
    public static FrozenSet<string> Derived { get; } = FrozenSet.ToFrozenSet(["trackingId", "urlToken"], StringComparer.Ordinal);

    public static bool IsAttribute(string column) => !AlwaysText.Contains(column) && column[0] != InternalPrefix;
}
