using System.Collections.Frozen;
using System.Collections.Immutable;

namespace AudienceSync.Profiles;

/// <summary>Names of the columns of profile pages. Attributes stand under their own names, which never hold a <c>$</c>.</summary>
public static class ProfileColumns
{
    public const string Id = "id";
    public const string TrackingId = "trackingId";
    public const string UrlToken = "urlToken";
    public const string Email = "email";
    public const string Phone = "phone";
    public const string ExternalId = "external_id";
    public const string Idfa = "idfa";
    public const string Gaid = "gaid";

    /// <summary>Latest <c>occurredAt</c> that the profile has taken (DateTime).</summary>
    public const string UpdatedAt = "$updatedAt";

    /// <summary>When each value occurred, where that is not <see cref="UpdatedAt"/> (Bytes, see <see cref="ProfileTimes"/>).</summary>
    public const string Times = "$times";

    /// <summary>Further values of identifiers, and when each was seen (Bytes, see <see cref="SeenIdentifiers"/>).</summary>
    public const string Seen = "$identifiers";

    /// <summary>Every purpose's state, source and capture time (Bytes, JSON; see <see cref="ConsentJson"/>).</summary>
    public const string Consents = "$consents";

    /// <summary>Of a generation: which filters of fields apply to the member, a bit for each; absent where none does.</summary>
    public const string Hidden = "$hidden";

    private const string JourneyPrefix = "$journey:";

    /// <summary>All identifiers, text each: the value seen last. Their places are part of the format of <see cref="Seen"/>.</summary>
    public static ImmutableArray<string> Identifiers { get; } = [Email, Phone, ExternalId, Idfa, Gaid];

    /// <summary>Names that no attribute may have.</summary>
    public static FrozenSet<string> Reserved { get; } = FrozenSet.Create(StringComparer.Ordinal, [Id, TrackingId, UrlToken, .. Identifiers]);

    /// <summary>Column of a consent purpose: true is granted, false denied, absent unknown.</summary>
    public static string Consent(string purpose) => $"$consent:{purpose}";

    /// <summary>Column of a journey's step: when the profile entered it last (DateTime).</summary>
    public static string Journey(string stepKey) => $"{JourneyPrefix}{stepKey}";

    /// <summary>Whether a profile keeps the column as a value with its time: attributes, identifiers, entries into journeys.</summary>
    public static bool IsValue(string name) => name is not Id && (!IsInternal(name) || name.StartsWith(JourneyPrefix, StringComparison.Ordinal));

    public static bool IsIdentifier(string name) => Identifiers.Contains(name, StringComparer.Ordinal);

    /// <summary>Whether the column is ours rather than an identifier, an attribute or the id.</summary>
    public static bool IsInternal(string name) => name.StartsWith('$');
}
