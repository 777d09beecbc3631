namespace AudienceSync.Benchmarks.Scale;

/// <summary>The storage account that all instances share.</summary>
internal sealed class StorageAccountModel(Simulation simulation, AzureLimits limits)
{
    public RateLimit Tables { get; } = new(simulation, "table requests of the account", limits.TableRequestsPerSecond);

    public RateLimit Bandwidth { get; } = new(simulation, "bandwidth of the account", limits.AccountBytesPerSecond);

    public RateLimit Queues { get; } = new(simulation, "messages of one queue", limits.QueueMessagesPerSecond);

    public double QueueRequests { get; private set; }

    /// <summary>Reads or writes so many bytes of one chain.</summary>
    /// <returns>When it is done: the slowest of latency, the chain's partition, and the account.</returns>
    public double Transfer(double bytes)
    {
        if (bytes <= 0)
        {
            return simulation.Now;
        }

        var requests = Math.Ceiling(bytes / Work.RequestBytes);
        var alone = simulation.Now + (requests * limits.StorageLatency) + (bytes / limits.PartitionBytesPerSecond);
        return Math.Max(alone, Math.Max(Tables.Take(requests), Bandwidth.Take(bytes)));
    }

    /// <summary>Puts a message into a queue, takes it and deletes it.</summary>
    /// <returns>When an awake host has it.</returns>
    public double Message()
    {
        QueueRequests += 3;
        return Math.Max(Queues.Take(1), simulation.Now + limits.QueueLatency + limits.PollDelay);
    }
}
