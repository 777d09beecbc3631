using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>Suppressions and erasures.</summary>
    private static ImmutableArray<ProblemPage> Privacy =>
    [
        Refusal(
            "tombstone", 403, "This is the tombstone of an erasure",
            "The entry keeps an erased person from being sent to destinations again.",
            "Only the role `admin` may take it off, once the erasure is completed.",
            "suppressions/sup_4f0c", "It keeps the person of era_01K9 from being sent to destinations again. Only the role admin may take it off."),
        Refusal(
            "erasure_open", 409, "The erasure is under way",
            "The entry is the tombstone of an erasure that is not completed.",
            "Wait until every destination has answered: `GET /api/v1/erasures/{id}`.",
            "suppressions/sup_4f0c", "era_01K9 is not completed: its tombstone keeps runs from bringing the person back until every destination has answered."),
        Refusal(
            "profile_too_large", 422, "The profile is full",
            "A profile is kept whole, and has a largest size.",
            "Clear attributes that nobody uses.",
            "profiles/c-1/consents/marketing", "A profile takes at most 65536 bytes. Clear attributes that nobody uses."),
        Fault(
            "invalid_sha256", "This is no SHA-256",
            "The digest of a normalised value has 64 hexadecimal digits.",
            "Hash the normalised value, and write it in hexadecimal digits.",
            "suppressions", "/sha256", "The SHA-256 of the normalised value has 64 hexadecimal digits; this has 40 characters."),
        Fault(
            "not_hashable", "It is not taken as a hash",
            "A profile's id is taken as it is.",
            "Send it as `profileId`.",
            "suppressions", "/sha256", "A profile's id is taken as it is: send 'profileId'."),
        Fault(
            "too_many_entries", "The batch is too large",
            "A batch of suppressions has 1,000 entries at most.",
            "Split it.",
            "suppressions", "/entries", "The batch has 1200 entries; at most 1000 are taken. Split it."),
    ];
}
