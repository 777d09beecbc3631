using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AudienceSync.Faults;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.DependencyInjection;

namespace AudienceSync.Http;

/// <summary>Answers of the API: JSON with ETag, 201/202 with Location, problem details.</summary>
public static class ApiResults
{
    /// <summary>When a client that got a 202 should ask again, unless the answer says otherwise.</summary>
    private static readonly TimeSpan PollAfter = TimeSpan.FromSeconds(2);

    /// <summary>200 with the body and, when given, its ETag (304 when the request's If-None-Match holds it).</summary>
    public static IResult Ok<T>(T value, JsonTypeInfo<T> type, string? etag = null) =>
        new JsonAnswer(StatusCodes.Status200OK, Body(value, type)) { ETag = etag };

    /// <param name="location">The path of the new resource.</param>
    public static IResult Created<T>(string location, T value, JsonTypeInfo<T> type, string? etag = null) =>
        new JsonAnswer(StatusCodes.Status201Created, Body(value, type)) { Location = location, ETag = etag };

    /// <param name="location">The path to poll.</param>
    /// <param name="retryAfter">When to poll; two seconds unless given.</param>
    public static IResult Accepted<T>(string location, T value, JsonTypeInfo<T> type, TimeSpan? retryAfter = null) =>
        new JsonAnswer(StatusCodes.Status202Accepted, Body(value, type)) { Location = location, RetryAfter = retryAfter ?? PollAfter };

    public static IResult MultiStatus<T>(T value, JsonTypeInfo<T> type) => new JsonAnswer(StatusCodes.Status207MultiStatus, Body(value, type));

    /// <summary>503 with a body of its own: what is not ready, and why.</summary>
    public static IResult Unavailable<T>(T value, JsonTypeInfo<T> type) => new JsonAnswer(StatusCodes.Status503ServiceUnavailable, Body(value, type));

    /// <summary>200 <c>{"value":[…],"nextLink":"https://…"}</c>; nextLink is absolute, absent on the last page.</summary>
    public static IResult Page<T>(HttpRequest request, ListPage<T> page, JsonTypeInfo<T> itemType) =>
        new JsonAnswer(StatusCodes.Status200OK, (writer, _) =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("value");
            foreach (var item in page.Items)
            {
                JsonSerializer.Serialize(writer, item, itemType);
            }

            writer.WriteEndArray();
            if (page.Next is { } next)
            {
                writer.WriteString("nextLink", NextLink(request, next));
            }

            writer.WriteEndObject();
        });

    /// <summary>200 with a CSV file, sent row by row; cells are safe to open in a spreadsheet.</summary>
    public static IResult Csv(string fileName, IReadOnlyList<string> header, IAsyncEnumerable<IReadOnlyList<string>> rows) => new CsvAnswer(fileName, header, rows);

    /// <summary>200 with a document that is bytes already; 304 when the caller holds it.</summary>
    public static IResult Document(ReadOnlyMemory<byte> json, string etag) => new FileAnswer(json, "application/json; charset=utf-8") { ETag = etag };

    /// <summary>200 with a page for people, at an address that answers JSON to programs.</summary>
    public static IResult Html(string page) => new FileAnswer(Encoding.UTF8.GetBytes(page), "text/html; charset=utf-8") { VariesByAccept = true, IsPage = true };

    public static IResult NoContent() => new JsonAnswer(StatusCodes.Status204NoContent, body: null);

    /// <summary>application/problem+json (RFC 9457) with code, requestId, errors and the refusal's extensions.</summary>
    public static IResult Problem(Refusal refusal) => Problem(refusal, retryAfter: null);

    /// <param name="retryAfter">When the caller may try again.</param>
    /// <param name="headers">Further headers, such as <c>Allow</c>.</param>
    internal static IResult Problem(Refusal refusal, TimeSpan? retryAfter, IReadOnlyDictionary<string, string>? headers = null) =>
        new JsonAnswer(Problems.StatusOf(refusal.Kind), (writer, context) => Problems.Write(writer, refusal, context))
        {
            ContentType = Problems.ContentType,
            RetryAfter = retryAfter,
            Headers = headers ?? new Dictionary<string, string>(),
        };

    private static Action<Utf8JsonWriter, HttpContext> Body<T>(T value, JsonTypeInfo<T> type) => (writer, _) => JsonSerializer.Serialize(writer, value, type);

    /// <summary>The request's own address with the cursor put in place of its last one.</summary>
    internal static string NextLink(HttpRequest request, string next)
    {
        var query = new QueryBuilder();
        foreach (var (name, values) in request.Query)
        {
            if (name is not "cursor")
            {
                query.Add(name, values.Select(value => value ?? ""));
            }
        }

        query.Add("cursor", request.HttpContext.RequestServices.GetRequiredService<CursorSigner>().Create(request, next));
        return UriHelper.BuildAbsolute(request.Scheme, request.Host, request.PathBase, request.Path, query.ToQueryString());
    }
}
