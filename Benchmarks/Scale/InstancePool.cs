namespace AudienceSync.Benchmarks.Scale;

/// <summary>The instances of one function: on Flex Consumption each queue trigger scales on its own.</summary>
internal sealed class InstancePool(Simulation simulation, AzureLimits limits, StorageAccountModel storage, int most)
{
    private readonly Queue<(Work Work, Action Done)> _waiting = new();
    private readonly List<Instance> _instances = [];
    private int _starting;
    private int _running;
    private bool _isScaling;

    public long Executions { get; private set; }

    /// <summary>Seconds that instances were running at least one message, summed up.</summary>
    public double ActiveSeconds { get; private set; }

    /// <summary>Seconds that cores computed, summed up.</summary>
    public double CpuSeconds { get; private set; }

    public int Instances => _instances.Count;

    public void Send(Work work, Action done) => simulation.At(storage.Message(), () =>
    {
        _waiting.Enqueue((work, done));
        StartWaiting();
        Scale();
    });

    /// <summary>As the platform does: as many instances as the queue's length asks for, at most doubled at a time (the doubling is ours).</summary>
    private void Scale()
    {
        var wanted = Math.Min(most, (int)Math.Ceiling((_waiting.Count + _running) / (double)limits.MessagesPerInstance));
        var have = _instances.Count + _starting;
        if (_isScaling || wanted <= have || _waiting.Count == 0)
        {
            return;
        }

        _isScaling = true;
        var more = Math.Min(wanted - have, Math.Max(have, 4));
        _starting += more;
        simulation.After(limits.ColdStart, () =>
        {
            _starting -= more;
            for (var i = 0; i < more; i++)
            {
                _instances.Add(new());
            }

            StartWaiting();
        });
        simulation.After(limits.ScaleInterval, () =>
        {
            _isScaling = false;
            Scale();
        });
    }

    private void StartWaiting()
    {
        while (_waiting.Count > 0 && Freest() is { } instance)
        {
            var (work, done) = _waiting.Dequeue();
            Start(instance, work, done);
        }
    }

    /// <summary>The instance that runs the fewest messages and may take another.</summary>
    private Instance? Freest()
    {
        Instance? freest = null;
        foreach (var instance in _instances)
        {
            if (instance.Running < limits.MessagesPerInstance && (freest is null || instance.Running < freest.Running))
            {
                freest = instance;
                if (freest.Running == 0)
                {
                    break;
                }
            }
        }

        return freest;
    }

    private void Start(Instance instance, Work work, Action done)
    {
        Executions++;
        _running++;
        if (instance.Running++ == 0)
        {
            instance.ActiveSince = simulation.Now;
        }

        simulation.At(storage.Transfer(work.ReadBytes), () =>
        {
            // One core: messages of an instance compute one after the other.
            instance.CoreFreeAt = Math.Max(instance.CoreFreeAt, simulation.Now) + work.CpuSeconds;
            CpuSeconds += work.CpuSeconds;
            simulation.At(instance.CoreFreeAt + work.WaitSeconds, () => simulation.At(storage.Transfer(work.WriteBytes), () => End(instance, done)));
        });
    }

    private void End(Instance instance, Action done)
    {
        _running--;
        if (--instance.Running == 0)
        {
            ActiveSeconds += simulation.Now - instance.ActiveSince;
        }

        done();
        StartWaiting();
    }

    private sealed class Instance
    {
        public int Running { get; set; }

        public double ActiveSince { get; set; }

        public double CoreFreeAt { get; set; }
    }
}
