using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using AudienceSync.Faults;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AudienceSync.Http;

/// <summary>Reads a request's body as one JSON document, bounded in size.</summary>
internal static class JsonBody
{
    /// <summary>A repeated name would let two readers of one body see two values; it is refused as malformed.</summary>
    // Rules nest 32 deep, and each level is an object and a list.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 128 };

    public static async Task<Result<JsonElement>> ReadAsync(HttpRequest request, bool mergePatch, CancellationToken cancellationToken)
    {
        if (MediaTypeRefusal(request, mergePatch) is { } refusal)
        {
            return refusal;
        }

        if (request.ContentLength > ApiRequest.MaxBodyBytes)
        {
            return TooLarge();
        }

        var body = await ReadBytesAsync(request.Body, cancellationToken);
        return body is null ? TooLarge() : Parse(body.Value);
    }

    private static Refusal? MediaTypeRefusal(HttpRequest request, bool mergePatch)
    {
        var wanted = mergePatch ? "application/merge-patch+json" : "application/json";
        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            return Unsupported($"Content-Encoding is '{encoding}', but bodies are taken as they are. Send it uncompressed.");
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
        {
            return Unsupported($"The request names no readable Content-Type. Send {wanted}.");
        }

        var isJson = type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (mergePatch
                ? type.MediaType.Equals("application/merge-patch+json", StringComparison.OrdinalIgnoreCase)
                : type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase) && !type.MediaType.StartsWith("application/merge-patch", StringComparison.OrdinalIgnoreCase));
        if (!isJson)
        {
            return Unsupported($"Content-Type is '{type.MediaType}', but this path takes {wanted}.");
        }

        return type.Charset.HasValue && !type.Charset.Value.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            ? Unsupported($"The charset is '{type.Charset}', but JSON is sent as UTF-8.")
            : null;
    }

    /// <returns>Null when the body is longer than the limit, found out without reading more than that.</returns>
    private static async Task<ReadOnlyMemory<byte>?> ReadBytesAsync(Stream stream, CancellationToken cancellationToken)
    {
        var bytes = new ArrayBufferWriter<byte>();
        while (true)
        {
            var read = await stream.ReadAsync(bytes.GetMemory(16 * 1024), cancellationToken);
            if (read == 0)
            {
                return bytes.WrittenMemory;
            }

            bytes.Advance(read);
            if (bytes.WrittenCount > ApiRequest.MaxBodyBytes)
            {
                return null;
            }
        }
    }

    private static Result<JsonElement> Parse(ReadOnlyMemory<byte> body)
    {
        if (body.Span.StartsWith(Encoding.UTF8.Preamble))
        {
            body = body[Encoding.UTF8.Preamble.Length..];
        }

        if (body.IsEmpty)
        {
            return Malformed("The body is empty. Send a JSON document.");
        }

        if (!Utf8.IsValid(body.Span))
        {
            return Malformed("The body is not valid UTF-8.");
        }

        try
        {
            RefuseHalfCharacters(body.Span);
            // Not disposed: the element outlives this call, and the buffer under it is its own, not rented.
            return JsonDocument.Parse(body, Strict).RootElement;
        }
        catch (JsonException e)
        {
            return Malformed($"{Sentence(e)} Line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }
    }

    /// <summary>Half a surrogate pair (<c>"\ud83d"</c>) is JSON by its grammar but no text: it would fail wherever it is read.</summary>
    private static void RefuseHalfCharacters(ReadOnlySpan<byte> body)
    {
        if (body.IndexOf("\\ud"u8) < 0 && body.IndexOf("\\uD"u8) < 0)
        {
            return;
        }

        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            if (reader.ValueIsEscaped && reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
            {
                try
                {
                    reader.GetString();
                }
                catch (InvalidOperationException e)
                {
                    var before = body[..(int)reader.TokenStartIndex];
                    throw new JsonException(
                        "A text holds half of a surrogate pair.", path: null, before.Count((byte)'\n'), before.Length - before.LastIndexOf((byte)'\n') - 1, e);
                }
            }
        }
    }

    /// <summary>The reader's own sentence without the position it appends in its own manner.</summary>
    private static string Sentence(JsonException exception)
    {
        var end = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? exception.Message : exception.Message[..end];
    }

    private static Refusal Malformed(string detail) => new(RefusalKind.Malformed, "malformed_json", "The body is not valid JSON", detail);

    private static Refusal Unsupported(string detail) =>
        new(RefusalKind.UnsupportedMediaType, "unsupported_media_type", "This content type is not taken here", detail);

    private static Refusal TooLarge() => new(
        RefusalKind.TooLarge, "body_too_large", "The body is too large", $"The limit is {ApiRequest.MaxBodyBytes:N0} bytes (5 MB). Send it in parts.");
}
