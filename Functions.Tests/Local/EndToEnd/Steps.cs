namespace AudienceSync.Local.EndToEnd;

/// <summary>When the process dies, seen from what its step does.</summary>
internal enum KillMoment
{
    /// <summary>Nothing of the step has happened.</summary>
    Before,

    /// <summary>It has happened, and the process has not heard of it.</summary>
    After,
}

/// <summary>
/// Counts what a run leaves behind outside its process — each write to storage, each call to a platform — and kills the process at one of them.
/// Between two such steps a process has nothing that could be lost or done twice, so killing at each of them is killing anywhere.
/// </summary>
internal sealed class Steps
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<string> _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? _kill;
    private KillMoment _moment;
    private int _left;

    /// <summary>Steps so far.</summary>
    public int Count { get; private set; }

    /// <summary>Kills at a step from here on.</summary>
    /// <param name="step">1 for the next.</param>
    /// <returns>Ends when the kill has happened; names the step.</returns>
    public Task<string> Arm(int step, KillMoment moment, Action kill)
    {
        lock (_lock)
        {
            (_left, _moment, _kill) = (step, moment, kill);
            _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _killed.Task;
        }
    }

    public void Disarm()
    {
        lock (_lock)
        {
            _kill = null;
        }
    }

    /// <summary>Takes one step.</summary>
    /// <returns>False when it was not taken, or its caller is dead: the connection is to be cut.</returns>
    public async Task<bool> TakeAsync(string name, Func<Task> step)
    {
        Action? kill = null;
        var (moment, killed) = (_moment, _killed);
        lock (_lock)
        {
            Count++;
            if (_kill is not null && --_left == 0)
            {
                (kill, _kill, moment, killed) = (_kill, null, _moment, _killed);
            }
        }

        if (kill is null)
        {
            await step();
            return true;
        }

        if (moment is KillMoment.After)
        {
            await step();
        }

        kill();
        killed.TrySetResult(name);
        return false;
    }
}
