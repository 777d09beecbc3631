using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>Requests that cannot be taken as they are, and faults of the service.</summary>
    private static ImmutableArray<ProblemPage> Requests =>
    [
        Refusal(
            "bad_request", 400, "The request cannot be read",
            "The connection ended before the body did, or the request breaks the rules of HTTP.",
            "Send it again. If it happens each time, look at what lies between: proxies, and clients that give up early.",
            "segments", "The request ended early or breaks the rules of HTTP."),
        Refusal(
            "malformed_json", 400, "The body is not valid JSON",
            "The body cannot be read as JSON: a syntax error, text that is not UTF-8, a name twice in one object, or nothing at all.",
            "`detail` names line and position. Mend the body there.",
            "segments", "Line 3, position 12: ',' is not what follows a name."),
        Refusal(
            "unknown_path", 404, "There is nothing at this path",
            "No operation has this path.",
            "Look it up in `/api/v1/openapi.json`. Paths are in lower case, with hyphens, without a slash at the end.",
            "segmets", "/api/v1/segmets is not a path of this API."),
        Refusal(
            "method_not_allowed", 405, "This path does not take this verb",
            "The path is known, with other verbs.",
            "The `Allow` header names the verbs that it takes.",
            "me", "/api/v1/me takes GET, HEAD, OPTIONS, not DELETE."),
        Refusal(
            "unknown_parameter", 400, "Unknown parameter",
            "The query holds a parameter that the operation does not know. It is refused because a filter that is ignored without a word would show more than was asked for.",
            "`detail` names the nearest and all that are known. Names are case-sensitive.",
            "runs", "'staus' is not a parameter of this path. Did you mean 'status'? Known here: status, destinationId, startedAfter, limit, cursor."),
        Refusal(
            "invalid_parameter", 400, "A parameter cannot be read",
            "A parameter is known, but its value is not one it takes.",
            "`detail` or `errors` name the parameter and what it takes.",
            "runs", "limit is '0', but takes one whole number from 1 to 200. Leave it out for 50."),
        Refusal(
            "invalid_cursor", 400, "The cursor does not fit",
            "A cursor is good only for the list and the filters that it came from, on the installation that gave it.",
            "Follow `nextLink` as it stands, or start again without `cursor`.",
            "runs", "A cursor is good only for the list and the filters it came from. Follow nextLink as it stands, or start again without cursor."),
        Refusal(
            "invalid_if_match", 400, "The If-Match header cannot be read",
            "`If-Match` holds something else than a strong ETag.",
            "Send the ETag as it was answered, in its double quotes; several with commas between; or `*`. A weak one (`W/`) promises too little to write by.",
            "segments/seg_01K9", "If-Match takes an ETag in double quotes, several with commas between, or *."),
        Refusal(
            "if_match_required", 428, "An If-Match header is required",
            "A change that does not say which version it is of could undo another one made in between.",
            "Read the resource, and send its ETag as `If-Match`.",
            "segments/seg_01K9", "Read the resource, and send its ETag as If-Match, so that nobody's change in between is lost."),
        Refusal(
            "etag_mismatch", 412, "The resource has changed",
            "`If-Match` names another version than the current one: somebody changed the resource since it was read.",
            "Read it again, see whether your change still holds, and repeat it with the current ETag, which the problem names as `etag`.",
            "segments/seg_01K9", "Read it again and repeat the change with its current ETag."),
        Refusal(
            "unsupported_media_type", 415, "This content type is not taken here",
            "`Content-Type` is missing, or is none that the operation takes.",
            "Send JSON as `application/json`, a PATCH as `application/merge-patch+json`, a file as its own type; UTF-8, uncompressed.",
            "segments", "Content-Type is 'text/plain', but this path takes application/json."),
        Refusal(
            "body_too_large", 413, "The body is too large",
            "A JSON body has 5 MB at most, a file 28 MB.",
            "Send it in parts.",
            "profiles/batch", "The limit is 5,000,000 bytes (5 MB). Send it in parts."),
        Refusal(
            "validation_failed", 422, "Some fields need attention",
            "The body can be read, but some of it cannot be taken. Nothing was changed.",
            "`errors` names every fault at once, each with a JSON Pointer, a code of its own, and what to do.",
            "segments", detail: null),
        Refusal(
            "invalid_idempotency_key", 400, "The Idempotency-Key cannot be used",
            "The header is repeated, empty, too long, or holds other than printable ASCII.",
            "Send one key of 1 to 255 characters that is new for each new request, such as a UUID.",
            "segments", "Send one key of 1 to 255 printable ASCII characters, such as a UUID."),
        Refusal(
            "idempotency_in_progress", 409, "The first request is still running",
            "A request with this `Idempotency-Key` came before, and has not been answered yet.",
            "Send it again after `Retry-After`: then it is answered as the first one was.",
            "destinations/dst_01K9/runs", "A request with this Idempotency-Key has not been answered yet. Send it again later."),
        Refusal(
            "idempotency_key_reused", 422, "The Idempotency-Key belongs to another request",
            "The key was used within 24 hours for the same path with another body.",
            "Send a new key with each new request; only a repetition keeps its key.",
            "segments", "This key was used for another body. Send a new key with a new request."),
        Refusal(
            "too_many_requests", 429, "Too many requests",
            "The caller is faster than the policy of the operation lets through: `api`, `ingest` or `preview`.",
            "Wait as `Retry-After` says, and go slower. `RateLimit` tells on every answer what is left. The limits are settings of the installation.",
            "segments/preview", "Policy 'preview' lets 5 requests a second through, 50 at once. Go slower, and wait as Retry-After says."),
        Refusal(
            "internal_error", 500, "Something went wrong here",
            "A fault of the service.",
            "Send the request again. If it happens each time, give the administrator the `requestId`: the log knows more.",
            "segments", "This is a fault of the service. Give its administrator the requestId: the log knows more."),
        Refusal(
            "storage_unavailable", 503, "Storage does not answer",
            "The storage account behind the service did not answer, or refused the service.",
            "Send the request again after `Retry-After`. If it lasts, see `GET /api/v1/health/ready`, and whether the app's identity holds its roles on the account.",
            "segments", "The storage behind this service did not answer as it must. Try again."),
        Refusal(
            "shutting_down", 503, "This instance is shutting down",
            "The request came to an instance that is about to end.",
            "Send it again: another instance takes it.",
            "segments", "Send the request again: another instance will take it."),
    ];
}
