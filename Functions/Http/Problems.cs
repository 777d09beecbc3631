using System.Text.Json;
using AudienceSync.Faults;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Http;

/// <summary>Problem documents (RFC 9457) of refusals.</summary>
internal static class Problems
{
    public const string ContentType = "application/problem+json";

    public static int StatusOf(RefusalKind kind) => kind switch
    {
        RefusalKind.Malformed => 400,
        RefusalKind.Unauthenticated => 401,
        RefusalKind.Forbidden => 403,
        RefusalKind.NotFound => 404,
        RefusalKind.MethodNotAllowed => 405,
        RefusalKind.Conflict => 409,
        RefusalKind.Gone => 410,
        RefusalKind.PreconditionFailed => 412,
        RefusalKind.TooLarge => 413,
        RefusalKind.UnsupportedMediaType => 415,
        RefusalKind.Invalid => 422,
        RefusalKind.PreconditionRequired => 428,
        RefusalKind.TooManyRequests => 429,
        RefusalKind.RemoteUnavailable => 502,
        RefusalKind.Unavailable => 503,
        _ => 500,
    };

    /// <summary>Writes the document. <c>requestId</c> is the context's trace identifier, which the request middleware sets.</summary>
    /// <remarks>A refusal's extensions come last and cannot take the place of a member of the standard.</remarks>
    public static void Write(Utf8JsonWriter writer, Refusal refusal, HttpContext context)
    {
        writer.WriteStartObject();
        writer.WriteString("type", $"/api/v1/problems/{refusal.Code}");
        writer.WriteString("title", refusal.Title);
        writer.WriteNumber("status", StatusOf(refusal.Kind));
        if (refusal.Detail is { } detail)
        {
            writer.WriteString("detail", detail);
        }

        writer.WriteString("code", refusal.Code);
        writer.WriteString("requestId", context.TraceIdentifier);
        writer.WriteString("instance", context.Request.Path.Value);
        if (!refusal.Faults.IsDefaultOrEmpty)
        {
            WriteFaults(writer, refusal);
        }

        foreach (var (name, value) in refusal.Extensions ?? [])
        {
            if (name is "type" or "title" or "status" or "detail" or "code" or "requestId" or "instance" or "errors")
            {
                continue;
            }

            writer.WritePropertyName(name);
            if (value is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                value.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteFaults(Utf8JsonWriter writer, Refusal refusal)
    {
        writer.WriteStartArray("errors");
        foreach (var fault in refusal.Faults)
        {
            writer.WriteStartObject();
            writer.WriteString("pointer", fault.Pointer);
            writer.WriteString("code", fault.Code);
            writer.WriteString("detail", fault.Detail);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
