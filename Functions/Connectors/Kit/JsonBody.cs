using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AudienceSync.Connectors.Kit;

/// <summary>JSON bodies of requests, written row by row into a buffer that each thread keeps: no object a row.</summary>
public static class JsonBody
{
    /// <summary>A buffer that grew beyond this is not kept. Ours.</summary>
    private const int MostKept = 16 * 1024 * 1024;

    private const int First = 64 * 1024;

    /// <summary>Letters beyond ASCII stay letters: bodies are JSON by content type, never part of a page. Connectors' tests read what is written, so it is not validated again.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static Scratch? _scratch;

    /// <summary>The content of a request: what <paramref name="write"/> writes.</summary>
    public static BodyContent Of(Action<Utf8JsonWriter> write, string mediaType = "application/json") => Written(write, bytes => BodyContent.Copy(bytes, mediaType));

    /// <summary>A request with such a body.</summary>
    public static HttpRequestMessage Request(HttpMethod method, string address, Action<Utf8JsonWriter> write) => new(method, address) { Content = Of(write) };

    public static byte[] Bytes(Action<Utf8JsonWriter> write) => Written(write, static bytes => bytes.ToArray());

    private static T Written<T>(Action<Utf8JsonWriter> write, Func<ReadOnlySpan<byte>, T> take)
    {
        // Taken away while in use: a writer that calls another one gets a buffer of its own.
        var scratch = _scratch ?? new();
        _scratch = null;
        write(scratch.Json);
        scratch.Json.Flush();
        var taken = take(scratch.Buffer.WrittenSpan);
        if (scratch.Buffer.Capacity <= MostKept)
        {
            scratch.Buffer.ResetWrittenCount();
            scratch.Json.Reset();
            _scratch = scratch;
        }

        return taken;
    }

    private sealed class Scratch
    {
        public Scratch() => Json = new(Buffer, Options);

        public ArrayBufferWriter<byte> Buffer { get; } = new(First);

        public Utf8JsonWriter Json { get; }
    }
}
