using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AudienceSync.Connectors.Kit;

/// <summary>JSON bodies of requests, written straight to bytes: the same rows give the same bytes.</summary>
public static class JsonBody
{
    /// <summary>Letters beyond ASCII stay letters: bodies are JSON by content type, never part of a page.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A request with such a body, of the type <c>application/json</c>.</summary>
    public static HttpRequestMessage Request(HttpMethod method, string address, Action<Utf8JsonWriter> write) =>
        new(method, address) { Content = new ReadOnlyMemoryContent(Bytes(write)) { Headers = { ContentType = new("application/json") } } };

    public static ReadOnlyMemory<byte> Bytes(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            write(json);
        }

        return buffer.WrittenMemory;
    }
}
