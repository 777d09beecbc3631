using System.Text.Json;
using AudienceSync.Erasures;
using Azure.Storage.Queues;

namespace AudienceSync.Storage;

/// <summary>Messages that wake the worker of erasures. The client encodes as host.json says (base64).</summary>
internal sealed class ErasureQueue(QueueServiceClient queues) : IErasureQueue
{
    public Task SendAsync(ErasureMessage message, TimeSpan delay, CancellationToken cancellationToken) => queues.GetQueueClient(QueueNames.Erasures).SendMessageAsync(
        JsonSerializer.Serialize(message, ErasureDocuments.Default.ErasureMessage), TimeSpan.FromSeconds(Math.Ceiling(delay.TotalSeconds)), timeToLive: null, cancellationToken);
}
