using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AudienceSync.Faults;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Http;

/// <summary>Answers of the API: JSON with ETag, 201/202 with Location, problem details.</summary>
public static class ApiResults
{
    /// <summary>200 with the body and, when given, its ETag (304 when the request's If-None-Match holds it).</summary>
    public static IResult Ok<T>(T value, JsonTypeInfo<T> type, string? etag = null) => throw new NotSupportedException();

    public static IResult Created<T>(string location, T value, JsonTypeInfo<T> type, string? etag = null) => throw new NotSupportedException();

    public static IResult Accepted<T>(string location, T value, JsonTypeInfo<T> type, TimeSpan? retryAfter = null) => throw new NotSupportedException();

    public static IResult MultiStatus<T>(T value, JsonTypeInfo<T> type) => throw new NotSupportedException();

    /// <summary>200 <c>{"value":[…],"nextLink":"https://…"}</c>; nextLink is absolute, absent on the last page.</summary>
    public static IResult Page<T>(HttpRequest request, ListPage<T> page, JsonTypeInfo<T> itemType) => throw new NotSupportedException();

    public static IResult NoContent() => throw new NotSupportedException();

    /// <summary>application/problem+json (RFC 9457) with code, requestId, errors and the refusal's extensions.</summary>
    public static IResult Problem(Refusal refusal) => throw new NotSupportedException();
}

/// <summary>Reads requests the way the API promises: every "no" is a refusal with a pointer.</summary>
public static class ApiRequest
{
    /// <summary>Largest JSON body: 5 MB.</summary>
    public const int MaxBodyBytes = 5_000_000;

    /// <summary>Reads a JSON body: 400 <c>malformed_json</c> with line and position, 413 over the limit, 415 when it is not JSON, 422 with pointer for a wrong type or an unknown field (with the nearest name).</summary>
    public static Task<Result<T>> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Reads a JSON body as a document (for rules, mappings, merge patches).</summary>
    public static Task<Result<JsonElement>> ReadJsonAsync(HttpRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Reads an <c>application/merge-patch+json</c> body (RFC 7396; 415 otherwise, <c>application/json</c> accepted too).</summary>
    public static Task<Result<JsonElement>> ReadMergePatchAsync(HttpRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>The ETag of <c>If-Match</c>: 428 <c>if_match_required</c> when the header is missing; <c>*</c> comes back as <c>*</c>.</summary>
    public static Result<string> IfMatch(HttpRequest request) => throw new NotSupportedException();

    /// <summary>Refuses query parameters that are not in the list: 400 <c>unknown_parameter</c> with the nearest name. Null when all are known.</summary>
    public static Refusal? UnknownParameters(HttpRequest request, params ReadOnlySpan<string> known) => throw new NotSupportedException();

    /// <summary><c>limit</c> (1–200, default 50) and <c>cursor</c> (signed, bound to the path and the other parameters), and the unknown-parameter check.</summary>
    public static Result<PageRequest> ReadPage(HttpRequest request, params ReadOnlySpan<string> knownFilters) => throw new NotSupportedException();
}

/// <summary>Which page of a list is asked for.</summary>
/// <param name="After">The sort key of the last item before this page; null for the first.</param>
public sealed record PageRequest(int Limit, string? After);

/// <summary>A page of a list.</summary>
/// <param name="Next">The sort key to go on after; null on the last page.</param>
public sealed record ListPage<T>(IReadOnlyList<T> Items, string? Next);
