namespace AudienceSync.Storage;

/// <summary>The queues of the app, in the order work flows. A poison queue has the same name and <c>-poison</c> behind it.</summary>
internal static class QueueNames
{
    public const string Snapshots = "snapshots";
    public const string Plans = "plans";
    public const string Deliveries = "deliveries";

    /// <summary>Beside the flow of runs: wakes the worker that erases people.</summary>
    public const string Erasures = "erasures";

    /// <summary>What the Functions host puts behind the name of a queue whose message failed too often.</summary>
    public const string PoisonSuffix = "-poison";

    public static IReadOnlyList<string> All { get; } = [Snapshots, Plans, Deliveries, Erasures];
}
