using System.Text.Json;
using AudienceSync.Erasures;
using Azure.Storage.Queues;

namespace AudienceSync.Storage;

/// <summary>Messages that wake the worker of erasures. The client encodes as host.json says (base64).</summary>
internal sealed class ErasureQueue(QueueServiceClient queues, TimeProvider time) : IErasureQueue
{
    public Task SendAsync(ErasureMessage message, TimeSpan delay, CancellationToken cancellationToken)
    {
        var visibility = TimeSpan.FromSeconds(Math.Ceiling(delay.TotalSeconds));
        return queues.GetQueueClient(QueueNames.Erasures).SendMessageAsync(
            JsonSerializer.Serialize(message with { Due = time.GetUtcNow() + visibility }, ErasureDocuments.Default.ErasureMessage), visibility, timeToLive: null, cancellationToken);
    }
}
