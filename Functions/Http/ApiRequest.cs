using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using AudienceSync.Faults;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace AudienceSync.Http;

/// <summary>Reads requests the way the API promises: every "no" is a refusal with a pointer.</summary>
public static class ApiRequest
{
    /// <summary>Largest JSON body: 5 MB.</summary>
    public const int MaxBodyBytes = 5_000_000;

    /// <summary>Items of a page when the request names no limit.</summary>
    public const int DefaultLimit = 50;

    /// <summary>Most items of a page.</summary>
    public const int MaxLimit = 200;

    /// <summary>Reads a JSON body: 400 <c>malformed_json</c> with line and position, 413 over the limit, 415 when it is not JSON, 422 with a pointer for each wrong type, missing field and unknown field (with the nearest name).</summary>
    public static async Task<Result<T>> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var read = await ReadJsonAsync(request, cancellationToken);
        return read.Match(body => JsonShape.Read(body, type), refusal => refusal);
    }

    /// <summary>As <see cref="ReadAsync"/>; without a body it is <paramref name="absent"/>.</summary>
    public static Task<Result<T>> ReadOptionalAsync<T>(HttpRequest request, JsonTypeInfo<T> type, T absent, CancellationToken cancellationToken) =>
        request.ContentLength is null or 0 && request.Headers.TransferEncoding.Count == 0 && string.IsNullOrEmpty(request.ContentType)
            ? Task.FromResult<Result<T>>(absent)
            : ReadAsync(request, type, cancellationToken);

    /// <summary>Reads a JSON body as a document (for rules, mappings, merge patches).</summary>
    public static Task<Result<JsonElement>> ReadJsonAsync(HttpRequest request, CancellationToken cancellationToken) =>
        JsonBody.ReadAsync(request, mergePatch: false, cancellationToken);

    /// <summary>Reads an <c>application/merge-patch+json</c> body (RFC 7396; 415 otherwise, <c>application/json</c> accepted too).</summary>
    public static Task<Result<JsonElement>> ReadMergePatchAsync(HttpRequest request, CancellationToken cancellationToken) =>
        JsonBody.ReadAsync(request, mergePatch: true, cancellationToken);

    /// <summary>The ETag of <c>If-Match</c>, in its quotes: 428 <c>if_match_required</c> when the header is missing; <c>*</c> comes back as <c>*</c>.</summary>
    /// <remarks>Several tags come back in one text; <see cref="ETags.Holds"/> compares any of these with the current tag. A weak tag is refused: it promises too little to write by.</remarks>
    public static Result<string> IfMatch(HttpRequest request)
    {
        var header = request.Headers.IfMatch;
        if (string.IsNullOrWhiteSpace(header.ToString()))
        {
            return new Refusal(
                RefusalKind.PreconditionRequired, "if_match_required", "An If-Match header is required",
                "Read the resource, and send its ETag as If-Match, so that nobody's change in between is lost.");
        }

        if (!EntityTagHeaderValue.TryParseStrictList([.. header.OfType<string>()], out var tags))
        {
            return InvalidIfMatch("If-Match takes an ETag in double quotes, several with commas between, or *.");
        }

        if (tags.FirstOrDefault(tag => tag.IsWeak) is { } weak)
        {
            return InvalidIfMatch($"{weak} is a weak ETag. Send the strong one, without W/, as the resource was answered with.");
        }

        return tags.Any(tag => tag.Tag == ETags.Any) ? ETags.Any : string.Join(", ", tags.Select(tag => tag.Tag));
    }

    /// <summary>Refuses query parameters that are not in the list: 400 <c>unknown_parameter</c> with the nearest name. Null when all are known.</summary>
    /// <remarks>Names are ordinal: <c>Limit</c> is not <c>limit</c>.</remarks>
    public static Refusal? UnknownParameters(HttpRequest request, params ReadOnlySpan<string> known)
    {
        string[] names = [.. known];
        string[] unknown = [.. request.Query.Keys.Where(name => !names.Contains(name))];
        if (unknown.Length == 0)
        {
            return null;
        }

        var allowed = names.Length == 0 ? "This path takes no parameters." : $"Known here: {string.Join(", ", names)}.";
        var details = unknown.Select(name => $"'{name}' is not a parameter of this path.{NearestName.Suggestion(name, names)}");
        return new(RefusalKind.Malformed, "unknown_parameter", "Unknown parameter", $"{string.Join(' ', details)} {allowed}")
        {
            Extensions = new JsonObject { ["parameters"] = new JsonArray([.. unknown.Select(name => (JsonNode)name)]) },
        };
    }

    /// <summary><c>limit</c> (1–200, default 50) and <c>cursor</c> (signed, bound to the path and the other parameters), and the unknown-parameter check.</summary>
    public static Result<PageRequest> ReadPage(HttpRequest request, params ReadOnlySpan<string> knownFilters)
    {
        if (UnknownParameters(request, [.. knownFilters, "limit", "cursor"]) is { } refusal)
        {
            return refusal;
        }

        var limit = DefaultLimit;
        if (request.Query.TryGetValue("limit", out var limits)
            && !(int.TryParse(limits.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit))
        {
            return InvalidParameter("limit", $"limit is '{limits}', but takes one whole number from 1 to {MaxLimit}. Leave it out for {DefaultLimit}.");
        }

        if (!request.Query.TryGetValue("cursor", out var cursor))
        {
            return new PageRequest(limit, After: null);
        }

        return request.HttpContext.RequestServices.GetRequiredService<CursorSigner>().Read(request, cursor.ToString()) is { } after
            ? new PageRequest(limit, after)
            : new Refusal(
                RefusalKind.Malformed, "invalid_cursor", "The cursor does not fit",
                "A cursor is good only for the list and the filters it came from. Follow nextLink as it stands, or start again without cursor.");
    }

    /// <summary>Whether the caller would rather have a page than JSON: a browser does, a program that takes anything does not.</summary>
    public static bool WantsHtml(HttpRequest request)
    {
        var types = request.GetTypedHeaders().Accept;
        return QualityOf("text/html") is > 0 and var page && page >= QualityOf("application/json");

        double QualityOf(string mediaType) => types.Where(type => type.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase)).Select(type => type.Quality ?? 1).DefaultIfEmpty(0).Max();
    }

    /// <summary>Characters of <c>search</c>.</summary>
    private const int MaxSearchLength = 200;

    /// <summary>As <see cref="ReadPage"/>, with <c>search</c> and <c>orderBy</c>, which lists of named things take.</summary>
    public static Result<ListQuery> ReadList(HttpRequest request, params ReadOnlySpan<string> knownFilters)
    {
        var read = ReadPage(request, [.. knownFilters, "search", "orderBy"]);
        if (read is not Result<PageRequest>.Ok(var page))
        {
            return read.Match<Result<ListQuery>>(_ => throw new InvalidOperationException("Not reached."), refusal => refusal);
        }

        var search = request.Query["search"].ToString().Trim();
        if (search.Length > MaxSearchLength)
        {
            return InvalidParameter("search", $"search has {search.Length} characters; at most {MaxSearchLength} are looked for.");
        }

        var word = request.Query["orderBy"].ToString();
        return (word.Length == 0 ? default(ListOrder) : ListOrder.Parse(word)) is { } order
            ? new ListQuery(page, search.Length == 0 ? null : search, order)
            : InvalidParameter("orderBy", $"orderBy is '{word}', but takes one of {string.Join(", ", ListOrder.Words)}.{NearestName.Suggestion(word, ListOrder.Words)}");
    }

    private static Refusal InvalidParameter(string name, string detail) =>
        new(RefusalKind.Malformed, "invalid_parameter", "A parameter is out of range", detail) { Extensions = new JsonObject { ["parameters"] = new JsonArray(name) } };

    private static Refusal InvalidIfMatch(string detail) => new(RefusalKind.Malformed, "invalid_if_match", "The If-Match header cannot be read", detail);
}
