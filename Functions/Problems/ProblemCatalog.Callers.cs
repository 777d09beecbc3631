using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>Who calls, and what they may do.</summary>
    private static ImmutableArray<ProblemPage> Callers =>
    [
        Refusal(
            "unauthenticated", 401, "An API key is required",
            "The request names no key, or one that is not known, has expired, or was replaced.",
            "Send a key in `Authorization: Bearer` or `x-functions-key`. An admin makes one with `POST /api/v1/api-keys`.",
            "segments", "Send an API key as 'Authorization: Bearer …' or 'x-functions-key'."),
        Refusal(
            "no_role", 403, "No role is assigned",
            "You are signed in with Entra ID, but hold none of the app's roles.",
            "Ask an administrator to assign one of `viewer`, `operator`, `editor`, `admin`, `ingest` to you in Entra ID (Enterprise applications, Users and groups).",
            "segments", "You are signed in, but hold none of the app roles viewer, operator, editor, admin, ingest. Ask an administrator to assign one in Entra ID."),
        Refusal(
            "role_too_low", 403, "Your role does not allow this",
            "The operation takes another role than that of the key.",
            "`detail` names the roles. `GET /api/v1/roles` says what each may do, `GET /api/v1/me` which one you have.",
            "connections", "Your role is viewer. This takes admin."),
        Refusal(
            "forbidden", 403, "Not allowed",
            "The role may do a part of what the operation does, and not this part: an operator switches destinations on and off and changes nothing else of them.",
            "Send `enabled` alone, or use a key of the role `editor`.",
            "destinations/dst_01K9", "The role 'operator' may change 'enabled' alone; anything else asks for 'editor'."),
        Refusal(
            "too_many_keys", 409, "Too many API keys",
            "An installation keeps 500 keys at most.",
            "Delete keys that are not used any more: `lastUsedAt` tells which.",
            "api-keys", "There are 500 keys, the most an installation keeps. Delete one that is not used."),
        Fault(
            "not_in_future", "The time has passed",
            "A key cannot expire before it is made.",
            "Name a later time, or leave it out for a key that does not expire.",
            "api-keys", "/expiresAt", "expiresAt is 2026-01-01T00:00:00Z, which has passed. Name a later time, or leave it out for a key that does not expire."),
    ];
}
