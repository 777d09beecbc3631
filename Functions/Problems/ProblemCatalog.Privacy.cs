using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>Consents, the suppression list and erasures.</summary>
    private static ImmutableArray<ProblemPage> Privacy =>
    [
        Refusal(
            "profile_too_large", 422, "The profile is full",
            "With the consent the profile would take more bytes than a profile may.",
            "Clear attributes that nobody uses, then send the consent again.",
            "profiles/c-1042/consents/marketing", "A profile takes at most 600000 bytes. Clear attributes that nobody uses."),
        Refusal(
            "tombstone", 403, "This is the tombstone of an erasure",
            "The entry keeps a person who was erased from being sent to destinations again.",
            "Leave it. Where the person wants to come back, somebody with the role `admin` may take it off.",
            "suppressions/sup_685174a04d3ccf8225c70399450d1da7",
            "It keeps the person of ers_01KB4M9J3VERASED0000000001 from being sent to destinations again. Only the role admin may take it off."),
        Refusal(
            "erasure_open", 409, "The erasure is under way",
            "A tombstone stays until every destination has answered: it keeps runs from bringing the person back meanwhile.",
            "Wait until `GET /erasures/{id}` says `completed`.",
            "suppressions/sup_685174a04d3ccf8225c70399450d1da7",
            "ers_01KB4M9J3VERASED0000000001 is not completed: its tombstone keeps runs from bringing the person back until every destination has answered."),
        Fault(
            "too_many_entries", "Too many entries in one batch",
            "A batch of suppressions has 1,000 entries at most. None was taken.",
            "Split it.",
            "suppressions", "/entries", "The batch has 1200 entries; at most 1000 are taken. Split it."),
        Fault(
            "invalid_sha256", "It is no SHA-256",
            "A digest has 64 hexadecimal digits, in either case: the SHA-256 of the value in UTF-8.",
            "Send the digest in hexadecimal digits, not in base64, and nothing before it.",
            "suppressions", "/sha256", "The SHA-256 of the normalised value has 64 hexadecimal digits; this has 44 characters."),
        Fault(
            "not_hashable", "Ids of profiles are not hashed",
            "Digests are taken of identifiers. A profile is named by its id as it is, which is hashed here.",
            "Send `profileId`.",
            "suppressions", "/sha256", "A profile's id is taken as it is: send 'profileId'."),
    ];
}
