namespace AudienceSync.Benchmarks.Scale;

/// <summary>What the services allow and how long they take.</summary>
/// <remarks>
/// Targets of tables and queues: learn.microsoft.com/azure/storage/tables/scalability-targets and …/queues/scalability-targets; Flex Consumption:
/// learn.microsoft.com/azure/azure-functions/flex-consumption-plan (2,048 MB is one core). Latencies and the pace of scaling out are ours: the documentation gives none.
/// </remarks>
internal sealed record AzureLimits
{
    public double TableRequestsPerSecond { get; init; } = 20_000;

    /// <summary>Of one account, each way: 25 Gbit/s, the least that a region gives.</summary>
    public double AccountBytesPerSecond { get; init; } = 25e9 / 8;

    /// <summary>Of one chain of pages, which is one partition.</summary>
    public double PartitionBytesPerSecond { get; init; } = 60e6;

    public double QueueMessagesPerSecond { get; init; } = 2_000;

    /// <summary>Seconds of a request that carries up to 4 MiB, its bytes apart.</summary>
    public double StorageLatency { get; init; } = 0.015;

    public double QueueLatency { get; init; } = 0.01;

    /// <summary>Seconds from a message in the queue to the host that polls it, where the host is awake.</summary>
    public double PollDelay { get; init; } = 0.1;

    /// <summary>Seconds between two looks of the scale controller at a queue.</summary>
    public double ScaleInterval { get; init; } = 5;

    /// <summary>Seconds until a new instance takes its first message.</summary>
    public double ColdStart { get; init; } = 4;

    /// <summary>An instance takes so many messages at a time: batchSize and newBatchThreshold of host.json together.</summary>
    public int MessagesPerInstance { get; init; } = 12;

    public double InstanceGigabytes { get; init; } = 2;
}

/// <summary>List prices in US dollars, East US, 2025.</summary>
/// <remarks>azure.microsoft.com/pricing/details/functions (Flex Consumption, on demand) and …/storage/tables, …/storage/queues (locally redundant).</remarks>
internal sealed record AzurePrices
{
    public double GigabyteSecond { get; init; } = 0.000026;

    public double Execution { get; init; } = 0.40 / 1e6;

    public double TableRequest { get; init; } = 0.00036 / 1e4;

    public double QueueRequest { get; init; } = 0.004 / 1e4;
}
