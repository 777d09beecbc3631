using System.Text.Json;
using AudienceSync.Observability;
using AudienceSync.Runs;
using Azure.Storage.Queues;

namespace AudienceSync.Storage;

/// <summary>Measures the queues: Azure has no metric of a single one.</summary>
internal sealed class QueueMeter(QueueServiceClient queues, Instruments instruments, TimeProvider time) : IQueueMeter
{
    public Task MeasureAsync(CancellationToken cancellationToken) => Task.WhenAll(QueueNames.All.Select(queue => MeasureAsync(queue, cancellationToken)));

    private async Task MeasureAsync(string name, CancellationToken cancellationToken)
    {
        var queue = queues.GetQueueClient(name);
        var depth = await queue.GetPropertiesAsync(cancellationToken);
        var poison = await queues.GetQueueClient(name + QueueNames.PoisonSuffix).GetPropertiesAsync(cancellationToken);
        var oldest = await queue.PeekMessageAsync(cancellationToken);
        instruments.MeasureQueue(name, depth.Value.ApproximateMessagesCount, poison.Value.ApproximateMessagesCount, Age(oldest.Value));
    }

    /// <summary>Since the message was due, which it says itself; a message that does not (of an earlier version, of somebody else) since it was sent.</summary>
    private TimeSpan? Age(Azure.Storage.Queues.Models.PeekedMessage? message) =>
        message is null ? null : time.GetUtcNow() - (DueOf(message.MessageText) ?? message.InsertedOn);

    /// <summary>The property <c>due</c>, whatever kind of message it is.</summary>
    private static DateTimeOffset? DueOf(string text)
    {
        try
        {
            using var message = JsonDocument.Parse(text);
            return message.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("due", out var due)
                && due.ValueKind is JsonValueKind.String && due.TryGetDateTimeOffset(out var at)
                ? at
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
