using AudienceSync.Runs;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AudienceSync.Storage;

/// <summary>Counts requests to storage for the run whose step makes them. Stands inside the retries: each try is a request.</summary>
internal sealed class TrafficPolicy : HttpPipelinePolicy
{
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

    private static void Count(HttpMessage message)
    {
        var sent = message.Request.Content is { } content && content.TryComputeLength(out var length) ? length : 0;
        var received = message.HasResponse && message.Response.ContentStream is { CanSeek: true } body ? body.Length : 0;
        StorageTally.Add(sent, received);
    }
}
