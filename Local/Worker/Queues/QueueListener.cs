using Azure;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>
/// Polls one queue for one function: a batch at a time, the next as soon as <c>newBatchThreshold</c> or fewer are running, and with
/// growing waits while nothing comes. It never makes the queue.
/// </summary>
internal sealed class QueueListener(
    IMessageQueue queue,
    QueueMessageProcessor processor,
    QueueSettings settings,
    TimeSpan visibility,
    Backoff backoff,
    Wakeups wakeups,
    TimeProvider time,
    ILogger logger)
{
    private readonly List<Task> _running = [];
    private bool _exists;

    /// <summary>Runs until stopped, and ends when every received message has met its fate.</summary>
    /// <exception cref="RequestFailedException">Storage refused in a way that will not pass, such as 403.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                var messages = await PollAsync(stopping);
                if (messages.Count == 0)
                {
                    await wakeups.WaitAsync(queue.Name, backoff.Grow(), time, stopping);
                    continue;
                }

                backoff.Reset();
                await StartAsync(messages, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // told to stop
        }
        finally
        {
            await Task.WhenAll(_running);
        }
    }

    private async Task StartAsync(IReadOnlyList<QueueMessage> messages, CancellationToken stopping)
    {
        if (stopping.IsCancellationRequested)
        {
            await Task.WhenAll(messages.Select(message => GuardAsync(processor.ReleaseAsync, message)));
            return;
        }

        _running.AddRange(messages.Select(message => GuardAsync(processor.ProcessAsync, message)));
        while (true)
        {
            _running.RemoveAll(task => task.IsCompleted);
            if (_running.Count <= settings.NewBatchThreshold)
            {
                return;
            }

            await Task.WhenAny(_running).WaitAsync(stopping);
        }
    }

    private async Task<IReadOnlyList<QueueMessage>> PollAsync(CancellationToken stopping)
    {
        try
        {
            _exists = _exists || await queue.ExistsAsync(stopping);
            // Not cancelled: a reply lost on the way would leave its messages hidden for the whole visibility time.
            return _exists ? await queue.ReceiveAsync(settings.BatchSize, visibility, CancellationToken.None) : [];
        }
        catch (Exception exception) when (StorageFault.MayPass(exception) && !(exception is OperationCanceledException && stopping.IsCancellationRequested))
        {
            _exists = false;
            logger.LogWarning("Queue {Queue} cannot be read now: {Reason}", queue.Name, exception.Message);
            return [];
        }
    }

    /// <summary>A message whose fate could not be written down comes back by itself when its visibility time ends.</summary>
    private async Task GuardAsync(Func<QueueMessage, Task> step, QueueMessage message)
    {
        try
        {
            await step(message);
        }
#pragma warning disable CA1031 // one message must not end the listening
        catch (Exception exception)
#pragma warning restore CA1031
        {
            logger.LogError(exception, "Message {MessageId} of queue {Queue} could not be completed.", message.MessageId, queue.Name);
        }
    }
}
