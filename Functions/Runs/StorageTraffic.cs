namespace AudienceSync.Runs;

/// <summary>What storage was asked: requests (a transaction is one, a repeated try another), and bytes of bodies both ways.</summary>
public readonly record struct StorageTraffic(long Requests, long BytesSent, long BytesReceived)
{
    public static StorageTraffic operator +(StorageTraffic left, StorageTraffic right) =>
        new(left.Requests + right.Requests, left.BytesSent + right.BytesSent, left.BytesReceived + right.BytesReceived);
}

/// <summary>Counts the storage traffic of one step of a run, wherever in its flow it comes from.</summary>
/// <remarks>What a step asks after it took the count for the last time, to note that it is done, is in no count: a handful of requests.</remarks>
internal sealed class StorageTally
{
    private static readonly AsyncLocal<StorageTally?> Current = new();

    private long _requests;
    private long _sent;
    private long _received;

    /// <summary>Begins to count for the calling step, and what it calls.</summary>
    public static void Begin() => Current.Value = new();

    /// <summary>Adds one request to the step that made it; nothing outside of steps.</summary>
    public static void Add(long sent, long received)
    {
        if (Current.Value is { } tally)
        {
            Interlocked.Increment(ref tally._requests);
            Interlocked.Add(ref tally._sent, sent);
            Interlocked.Add(ref tally._received, received);
        }
    }

    /// <summary>What was counted since it was last taken.</summary>
    public static StorageTraffic Take() => Current.Value is { } tally
        ? new(Interlocked.Exchange(ref tally._requests, 0), Interlocked.Exchange(ref tally._sent, 0), Interlocked.Exchange(ref tally._received, 0))
        : default;
}
