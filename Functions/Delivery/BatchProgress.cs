using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Delivery;

/// <summary>What sending a batch came to; rows that are still open have no outcome.</summary>
/// <param name="Rows">In the order of the batch.</param>
/// <param name="Receipt">Of a file connector.</param>
/// <param name="Requests">Requests made.</param>
/// <param name="Job">A job of the platform that is not finished.</param>
public sealed record BatchProgress(RowOutcome?[] Rows, Verdict Verdict, string? Receipt, int Requests, PendingJob? Job)
{
    /// <summary>Some of what was asked for an open row was done all the same.</summary>
    public bool MayHaveArrived { get; init; }

    public bool HasOpenRows => Array.Exists(Rows, row => row is null);
}

/// <summary>A job that the platform took, and the places of the rows it has.</summary>
public sealed record PendingJob(string Id, ImmutableArray<int> Rows);

/// <summary>What must happen next with a batch: a closed family.</summary>
public abstract record Verdict
{
    private Verdict()
    {
    }

    /// <summary>Every row has its outcome.</summary>
    public sealed record Settled : Verdict
    {
        public static Settled Value { get; } = new();
    }

    /// <summary>Told to wait: not an attempt.</summary>
    public sealed record Wait(TimeSpan? For, string Code) : Verdict;

    /// <summary>Open rows are worth another try.</summary>
    /// <param name="IsKnownLost">The request cannot have arrived, so nothing can have changed.</param>
    /// <param name="IsWhole">The whole call failed, rather than single rows.</param>
    public sealed record TryAgain(string Code, string Detail, bool IsKnownLost, bool IsWhole) : Verdict;

    /// <summary>Ask the platform about a job after a while.</summary>
    public sealed record Poll(TimeSpan After) : Verdict;

    /// <summary>Nothing more can be sent to this destination for now.</summary>
    /// <param name="IsUnauthorized">The connection's credentials are at fault, else the destination's settings.</param>
    public sealed record Stop(string Code, string Detail, bool IsUnauthorized) : Verdict;
}
