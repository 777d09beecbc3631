using Azure.Core;
using Azure.Core.Pipeline;

namespace AudienceSync.Benchmarks.Storage;

/// <summary>Counts the requests of a storage client, with retries, and their bytes: bodies and headers, both ways.</summary>
internal sealed class TrafficCounter : HttpPipelinePolicy
{
    private long _requests;
    private long _sent;
    private long _received;
    private long _largest;

    public long Requests => Interlocked.Read(ref _requests);

    public long BytesSent => Interlocked.Read(ref _sent);

    public long BytesReceived => Interlocked.Read(ref _received);

    /// <summary>Bytes of the largest request body.</summary>
    public long LargestBody => Interlocked.Read(ref _largest);

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        ProcessNext(message, pipeline);
        Count(message);
    }

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        await ProcessNextAsync(message, pipeline);
        Count(message);
    }

    private void Count(HttpMessage message)
    {
        var body = message.Request.Content is { } content && content.TryComputeLength(out var length) ? length : 0;
        Interlocked.Increment(ref _requests);
        Interlocked.Add(ref _sent, body + BytesOf(message.Request.Headers));
        var answer = message.Response.ContentStream is { CanSeek: true } stream ? stream.Length : message.Response.Headers.ContentLength ?? 0;
        Interlocked.Add(ref _received, answer + BytesOf(message.Response.Headers));
        for (var largest = LargestBody; body > largest; largest = LargestBody)
        {
            Interlocked.CompareExchange(ref _largest, body, largest);
        }
    }

    /// <summary>Name, colon, blank, value, end of line of each.</summary>
    private static long BytesOf(IEnumerable<HttpHeader> headers) => headers.Sum(header => header.Name.Length + header.Value.Length + 4L);
}
