using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>Keeps a message hidden while its function runs: hides it anew at half of the visibility time, and knows the newest pop receipt.</summary>
internal sealed class VisibilityRenewal : IDisposable
{
    private static readonly TimeSpan RetryAfterFault = TimeSpan.FromMinutes(1);

    private readonly IMessageQueue _queue;
    private readonly QueueMessage _message;
    private readonly TimeSpan _visibility;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task<string> _renewing;

    public VisibilityRenewal(IMessageQueue queue, QueueMessage message, TimeSpan visibility, TimeProvider time, ILogger logger)
    {
        (_queue, _message, _visibility, _time, _logger) = (queue, message, visibility, time, logger);
        _renewing = RenewAsync();
    }

    /// <summary>Stops and gives the pop receipt that is valid now.</summary>
    public async Task<string> EndAsync()
    {
        await _ended.CancelAsync();
        return await _renewing;
    }

    public void Dispose() => _ended.Dispose();

    private async Task<string> RenewAsync()
    {
        var popReceipt = _message.PopReceipt;
        var interval = _visibility / 2;
        var wait = interval;
        while (true)
        {
            await Task.Delay(wait, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_ended.IsCancellationRequested)
            {
                return popReceipt;
            }

            try
            {
                // Not cancelled half way: the receipt that comes back is the one that counts.
                popReceipt = await _queue.HideAsync(_message.MessageId, popReceipt, _visibility, CancellationToken.None);
                wait = interval;
            }
            catch (Exception exception) when (StorageFault.IsOwnershipLost(exception))
            {
                _logger.LogWarning("Message {MessageId} of queue {Queue} is no longer ours; its function runs on.", _message.MessageId, _queue.Name);
                return popReceipt;
            }
            catch (Exception exception) when (StorageFault.MayPass(exception))
            {
                _logger.LogWarning(exception, "Message {MessageId} of queue {Queue} could not be hidden anew.", _message.MessageId, _queue.Name);
                wait = interval < RetryAfterFault ? interval : RetryAfterFault;
            }
        }
    }
}
