namespace AudienceSync.Benchmarks.Scale;

/// <summary>Something that serves so many units a second and no more, in the order they come.</summary>
internal sealed class RateLimit(Simulation simulation, string name, double perSecond)
{
    private double _freeAt;

    public string Name => name;

    /// <summary>Seconds it was busy.</summary>
    public double BusySeconds { get; private set; }

    public double Units { get; private set; }

    /// <summary>Takes units of it.</summary>
    /// <returns>When the last of them is served.</returns>
    public double Take(double units)
    {
        _freeAt = Math.Max(_freeAt, simulation.Now) + (units / perSecond);
        BusySeconds += units / perSecond;
        Units += units;
        return _freeAt;
    }
}
