using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace AudienceSync.Faults;

/// <summary>Who must act, and so which HTTP status a refusal becomes.</summary>
public enum RefusalKind
{
    /// <summary>400: the request cannot be read.</summary>
    Malformed,

    /// <summary>403.</summary>
    Forbidden,

    /// <summary>404.</summary>
    NotFound,

    /// <summary>409: the state forbids it.</summary>
    Conflict,

    /// <summary>410: kept once, past its retention.</summary>
    Gone,

    /// <summary>412: the ETag is stale.</summary>
    PreconditionFailed,

    /// <summary>413.</summary>
    TooLarge,

    /// <summary>415.</summary>
    UnsupportedMediaType,

    /// <summary>422: readable, but some fields need attention.</summary>
    Invalid,

    /// <summary>428: an <c>If-Match</c> header is required.</summary>
    PreconditionRequired,

    /// <summary>429.</summary>
    TooManyRequests,

    /// <summary>502: a platform did not answer as it must.</summary>
    RemoteUnavailable,

    /// <summary>503.</summary>
    Unavailable,

    /// <summary>401: the request does not say who calls, or says it with a key that does not hold.</summary>
    Unauthenticated,

    /// <summary>405: the path is known, with other verbs.</summary>
    MethodNotAllowed,

    /// <summary>500: a fault of ours.</summary>
    Failed,
}

/// <summary>An expected "no": a value, not an exception. <c>Http</c> turns it into problem details (RFC 9457).</summary>
/// <param name="Code">Stable, <c>snake_case</c>; the problem's <c>code</c> and the end of its <c>type</c>.</param>
public sealed record Refusal(RefusalKind Kind, string Code, string Title, string? Detail = null)
{
    /// <summary>Each fault of the input, all at once.</summary>
    public ImmutableArray<Fault> Faults { get; init; } = [];

    /// <summary>Further members of the problem document, such as <c>lockedBy</c> or <c>runId</c>.</summary>
    public JsonObject? Extensions { get; init; }

    public static Refusal NotFound(string what, string id) =>
        new(RefusalKind.NotFound, "not_found", "Not found", $"There is no {what} '{id}'.");

    public static Refusal Invalid(IEnumerable<Fault> faults) =>
        new(RefusalKind.Invalid, "validation_failed", "Some fields need attention") { Faults = [.. faults] };

    public static Refusal Conflict(string code, string title, string detail, JsonObject? extensions = null) =>
        new(RefusalKind.Conflict, code, title, detail) { Extensions = extensions };

    /// <summary>The caller's <c>If-Match</c> is not the current ETag; the current one goes into the problem as <c>etag</c>.</summary>
    public static Refusal Stale(string currentETag) =>
        new(RefusalKind.PreconditionFailed, "etag_mismatch", "The resource has changed", "Read it again and repeat the change with its current ETag.")
        {
            Extensions = new JsonObject { ["etag"] = currentETag },
        };
}
