using AudienceSync.Observability;
using AudienceSync.Runs;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AudienceSync.Storage;

/// <summary>Counts requests to storage, in all and for the run whose step makes them. Stands inside the retries: each try is a request.</summary>
internal sealed class TrafficPolicy(string service, Instruments instruments) : HttpPipelinePolicy
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

    private void Count(HttpMessage message)
    {
        var sent = message.Request.Content is { } content && content.TryComputeLength(out var length) ? length : 0;
        var received = message.HasResponse && message.Response.ContentStream is { CanSeek: true } body ? body.Length : 0;
        StorageTally.Add(sent, received);
        instruments.CountStorageRequest(service, message.HasResponse ? message.Response.Status : 0);
    }
}
