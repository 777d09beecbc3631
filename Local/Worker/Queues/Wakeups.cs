using System.Collections.Concurrent;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>Lets the host tell a listener that a message was just put into its queue.</summary>
internal sealed class Wakeups
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _signals = new();

    public void Wake(string queue)
    {
        var signal = Signal(queue);
        lock (signal)
        {
            if (signal.CurrentCount == 0)
            {
                signal.Release();
            }
        }
    }

    /// <summary>Ends after the delay or as soon as the queue is woken; a wake-up since the last wait counts.</summary>
    public async Task WaitAsync(string queue, TimeSpan delay, TimeProvider time, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(Signal(queue).WaitAsync(ended.Token), Task.Delay(delay, time, ended.Token));
        await ended.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private SemaphoreSlim Signal(string queue) => _signals.GetOrAdd(queue, static _ => new SemaphoreSlim(0, 1));
}
