namespace AudienceSync.Fakes;

/// <summary>Where a test places the death of a worker: each call of a store in memory passes here before its work, each write behind it too.</summary>
/// <remarks>A worker that was killed does nothing more: every further call fails until <see cref="Revive"/>, which stands for the start of another process.</remarks>
internal sealed class FaultPoints
{
    private readonly Lock _lock = new();
    private int _killAt = -1;

    /// <summary>Whether a worker is at work: what a test itself asks of a store is no point.</summary>
    public bool IsWorking { get; set; }

    /// <summary>Points passed so far.</summary>
    public int Passed { get; private set; }

    public bool IsDead { get; private set; }

    /// <summary>Kills the worker at a point counted from now, 0 being the next.</summary>
    public void KillAfter(int points) => _killAt = Passed + points;

    public void Spare() => _killAt = -1;

    public void Revive() => (IsDead, _killAt) = (false, -1);

    public void Pass()
    {
        lock (_lock)
        {
            if (!IsWorking)
            {
                return;
            }

            if (IsDead)
            {
                throw new WorkerKilledException();
            }

            if (Passed++ == _killAt)
            {
                IsDead = true;
                throw new WorkerKilledException();
            }
        }
    }

    public Task<T> Read<T>(Func<T> read)
    {
        Pass();
        return Task.FromResult(read());
    }

    /// <summary>A write: the worker may die before it is done, or before it hears that it was.</summary>
    public Task<T> Write<T>(Func<T> write)
    {
        Pass();
        var result = write();
        Pass();
        return Task.FromResult(result);
    }

    public Task Write(Action write) => Write(() =>
    {
        write();
        return true;
    });
}

/// <summary>The worker died here.</summary>
internal sealed class WorkerKilledException : Exception;
