using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AudienceSync.Http;

/// <summary>A whole file: 304 when the caller holds it already.</summary>
internal sealed class FileAnswer(ReadOnlyMemory<byte> bytes, string contentType) : IResult, IStatusCodeHttpResult
{
    /// <summary>In its quotes; null for a file that is made anew each time.</summary>
    public string? ETag { get; init; }

    /// <summary>What else there is at the address, by <c>Accept</c>.</summary>
    public bool VariesByAccept { get; init; }

    /// <summary>For pages: nothing but their own style is loaded.</summary>
    public bool IsPage { get; init; }

    public int? StatusCode => StatusCodes.Status200OK;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.Headers.CacheControl = ETag is null ? "no-store" : "no-cache";
        if (VariesByAccept)
        {
            response.Headers.Vary = HeaderNames.Accept;
        }

        if (IsPage)
        {
            response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        }

        if (ETag is { } tag)
        {
            response.Headers.ETag = tag;
            if (JsonAnswer.IsHeld(httpContext.Request, tag))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }

        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = contentType;
        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes, httpContext.RequestAborted);
    }
}
