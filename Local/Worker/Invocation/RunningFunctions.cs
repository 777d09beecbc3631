using System.Collections.Concurrent;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>What is running now, so that a stop can cancel it and wait for it.</summary>
internal sealed class RunningFunctions : IDisposable
{
    private readonly ConcurrentDictionary<Task, byte> _tasks = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Cancelled when the host stops; every invocation's token is linked to it.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Counts a task as running until it ends.</summary>
    public TTask Track<TTask>(TTask task)
        where TTask : Task
    {
        _tasks.TryAdd(task, 0);
        // Synchronously: whoever waits for the task finds it gone from the list.
        task.ContinueWith(
            (ended, tasks) => ((ConcurrentDictionary<Task, byte>)tasks!).TryRemove(ended, out _),
            _tasks, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }

    public Task CancelAsync() => _stopping.CancelAsync();

    /// <summary>Ends when everything tracked has ended; what an ending task starts is waited for too.</summary>
    public async Task WhenIdleAsync()
    {
        while (_tasks.Keys.ToArray() is { Length: > 0 } tasks)
        {
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => _stopping.Dispose();
}
