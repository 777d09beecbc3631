namespace AudienceSync.OpenApi;

/// <summary>The codes with which every operation of a kind may refuse.</summary>
internal static class CommonRefusals
{
    public static IEnumerable<string> Of(ApiOperation operation) =>
    [
        "bad_request", "unknown_parameter", "internal_error", "storage_unavailable", "shutting_down",
        .. When(!operation.IsAnonymous, "unauthenticated", "no_role", "role_too_low", "too_many_requests"),
        .. When(operation.PathParameters.Any(), "not_found"),
        .. When(operation.Parameters.Any() || operation.IsPaged, "invalid_parameter"),
        .. When(operation.IsPaged, "invalid_cursor"),
        .. When(operation.HasBody, "body_too_large", "unsupported_media_type", "validation_failed"),
        .. When(operation.Contract.Body is not null, "malformed_json"),
        .. When(operation.Contract.IfMatch, "if_match_required"),
        .. When(operation.Contract.IfMatch || operation.Contract.MayMatch, "invalid_if_match", "etag_mismatch"),
        .. When(operation.Verb == "POST" && !operation.IsAnonymous, "invalid_idempotency_key", "idempotency_in_progress", "idempotency_key_reused"),
    ];

    private static IEnumerable<string> When(bool holds, params string[] codes) => holds ? codes : [];
}
