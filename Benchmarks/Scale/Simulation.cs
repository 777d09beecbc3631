namespace AudienceSync.Benchmarks.Scale;

/// <summary>A clock that jumps from one event to the next. Deterministic: events of one time come in the order they were asked for.</summary>
internal sealed class Simulation
{
    private readonly PriorityQueue<Action, (double Time, long Order)> _events = new();
    private long _order;

    /// <summary>Seconds since the start.</summary>
    public double Now { get; private set; }

    public void At(double time, Action action) => _events.Enqueue(action, (Math.Max(time, Now), _order++));

    public void After(double seconds, Action action) => At(Now + seconds, action);

    /// <summary>Runs until nothing is left to happen.</summary>
    public void Run()
    {
        while (_events.TryDequeue(out var action, out var at))
        {
            Now = at.Time;
            action();
        }
    }
}
