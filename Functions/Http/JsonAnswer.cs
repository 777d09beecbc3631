using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AudienceSync.Http;

/// <summary>An answer of one status, its headers, and a JSON body written when it is sent.</summary>
/// <param name="body">Writes the body; null for none.</param>
internal sealed class JsonAnswer(int status, Action<Utf8JsonWriter, HttpContext>? body) : IResult, IStatusCodeHttpResult
{
    /// <summary>Answers are read as JSON, never put into HTML: quotes and letters beyond ASCII stay readable.</summary>
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public int? StatusCode => status;

    public string ContentType { get; init; } = "application/json; charset=utf-8";

    public string? Location { get; init; }

    /// <summary>In whole seconds, rounded up.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>With or without quotes; sent as a strong tag.</summary>
    public string? ETag { get; init; }

    /// <summary>Further headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        WriteHeaders(response.Headers);
        if (ETag is { } tag && IsUnchanged(httpContext.Request, ETags.Quote(tag)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.StatusCode = status;
        if (body is null)
        {
            return;
        }

        // Written whole before it is sent: a body that fails to serialise becomes a 500, not half an answer.
        var buffer = new ArrayBufferWriter<byte>();
        await using (var writer = new Utf8JsonWriter(buffer, Readable))
        {
            body(writer, httpContext);
        }

        response.ContentType = ContentType;
        response.ContentLength = buffer.WrittenCount;
        await response.Body.WriteAsync(buffer.WrittenMemory, httpContext.RequestAborted);
    }

    private void WriteHeaders(IHeaderDictionary headers)
    {
        headers.CacheControl = ETag is null ? "no-store" : "private, no-cache";
        if (ETag is { } tag)
        {
            headers.ETag = ETags.Quote(tag);
        }

        if (Location is { } location)
        {
            headers.Location = location;
        }

        if (RetryAfter is { } wait)
        {
            headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        foreach (var (name, value) in Headers)
        {
            headers[name] = value;
        }
    }

    /// <summary>Whether <c>If-None-Match</c> names the tag. The comparison is weak, as RFC 9110 §13.1.2 has it.</summary>
    internal static bool IsHeld(HttpRequest request, string tag) =>
        EntityTagHeaderValue.TryParseList([.. request.Headers.IfNoneMatch.OfType<string>()], out var held)
        && held.Any(each => each.Tag == ETags.Any || each.Tag == tag);

    /// <summary>Whether the caller holds this version already.</summary>
    private static bool IsUnchanged(HttpRequest request, string tag)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return false;
        }

        return IsHeld(request, tag);
    }
}
