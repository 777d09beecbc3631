using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>
/// Takes one received message to its end: run and delete, run and show again, or move to the poison queue. A queue whose name ends in
/// <c>-poison</c> (or is too long for the ending) has none: its failed messages stay hidden for the whole visibility time and come back.
/// </summary>
/// <param name="poison">Null when the queue has no poison queue.</param>
/// <param name="run">Runs the function with the decoded message; true = success. It does not throw.</param>
internal sealed class QueueMessageProcessor(
    IMessageQueue queue,
    IMessageQueue? poison,
    QueueSettings settings,
    TimeSpan visibility,
    Func<QueueMessage, Task<bool>> run,
    Wakeups wakeups,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>Never cancelled: once a message is received, its fate is written down.</summary>
    public async Task ProcessAsync(QueueMessage message)
    {
        if (Decode(message) is not { } body)
        {
            logger.LogWarning("Message {MessageId} of queue {Queue} is not base64 and is not run.", message.MessageId, queue.Name);
            await PoisonAsync(message, message.PopReceipt);
            return;
        }

        if (poison is not null && message.DequeueCount > settings.MaxDequeueCount)
        {
            await PoisonAsync(message, message.PopReceipt);
            return;
        }

        using var renewal = new VisibilityRenewal(queue, message, visibility, time, logger);
        var hasSucceeded = await run(QueuesModelFactory.QueueMessage(
            message.MessageId, message.PopReceipt, body, message.DequeueCount, message.NextVisibleOn, message.InsertedOn, message.ExpiresOn));
        await CompleteAsync(message, await renewal.EndAsync(), hasSucceeded);
    }

    /// <summary>Shows a message again at once that was received too late to be run.</summary>
    public Task ReleaseAsync(QueueMessage message) =>
        IgnoreLostAsync(() => queue.HideAsync(message.MessageId, message.PopReceipt, TimeSpan.Zero, CancellationToken.None));

    private Task CompleteAsync(QueueMessage message, string popReceipt, bool hasSucceeded)
    {
        if (hasSucceeded)
        {
            return IgnoreLostAsync(() => queue.DeleteAsync(message.MessageId, popReceipt, CancellationToken.None));
        }

        if (poison is null)
        {
            return Task.CompletedTask;
        }

        return message.DequeueCount >= settings.MaxDequeueCount
            ? PoisonAsync(message, popReceipt)
            : IgnoreLostAsync(() => queue.HideAsync(message.MessageId, popReceipt, settings.VisibilityTimeout, CancellationToken.None));
    }

    /// <summary>Copies the body as it is on the wire, then deletes: a stop between the two leaves a copy in both.</summary>
    private async Task PoisonAsync(QueueMessage message, string popReceipt)
    {
        if (poison is null)
        {
            return;
        }

        logger.LogWarning(
            "Message {MessageId} has reached MaxDequeueCount of {MaxDequeueCount} or cannot be read: moving it to queue {Poison}.",
            message.MessageId, settings.MaxDequeueCount, poison.Name);
        await poison.AddAsync(Text(message), CancellationToken.None);
        wakeups.Wake(poison.Name);
        await IgnoreLostAsync(() => queue.DeleteAsync(message.MessageId, popReceipt, CancellationToken.None));
    }

    private static async Task IgnoreLostAsync(Func<Task> complete)
    {
        try
        {
            await complete();
        }
        catch (Exception exception) when (StorageFault.IsOwnershipLost(exception))
        {
            // Another reader has it by now and will complete it.
        }
    }

    private BinaryData? Decode(QueueMessage message)
    {
        if (!settings.IsBase64)
        {
            return message.Body ?? BinaryData.FromString("");
        }

        try
        {
            return BinaryData.FromBytes(Convert.FromBase64String(Text(message)));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string Text(QueueMessage message) => message.Body?.ToString() ?? "";
}
