using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>A run as answers show it.</summary>
public sealed record RunView
{
    public required string Id { get; init; }

    public required string DestinationId { get; init; }

    [EnumDataType(typeof(RunTrigger))]
    public required string Trigger { get; init; }

    [EnumDataType(typeof(RunMode))]
    public required string Mode { get; init; }

    /// <summary><c>sync</c>, <c>retry</c>, <c>cleanUp</c> or <c>erasure</c>.</summary>
    public required string Purpose { get; init; }

    public required bool DryRun { get; init; }

    [EnumDataType(typeof(RunStatus))]
    public required string Status { get; init; }

    /// <summary>What is being done: the status while it is under way, else <c>finished</c>.</summary>
    public required string Phase { get; init; }

    public required string AsOf { get; init; }

    public required string Generation { get; init; }

    public required RunFunnelView Funnel { get; init; }

    /// <summary>Of a run over a query: its rows, and the identifiers in them that were left out; null otherwise, and before the query is read.</summary>
    public required RunSourceView? Source { get; init; }

    public required OperationCounts Planned { get; init; }

    /// <summary>Why members are taken off.</summary>
    public required RemovalReasons RemovalReasons { get; init; }

    public required OperationCounts Delivered { get; init; }

    public required OperationCounts Rejected { get; init; }

    public required OperationCounts CarriedOver { get; init; }

    public required ImmutableArray<RunErrorView> TopErrors { get; init; }

    public required long Requests { get; init; }

    /// <summary>What the run asked of storage so far: requests, and bytes both ways.</summary>
    public required StorageTraffic Storage { get; init; }

    public required string StartedAt { get; init; }

    public required string? FinishedAt { get; init; }

    public required string? HeldBecause { get; init; }

    /// <summary>Whether it is over, one way or the other.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsFinished { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public string ETag { get; init; } = "";

    public static RunView Of(Run run) => new()
    {
        Id = run.Id,
        DestinationId = run.DestinationId,
        Trigger = RunNames.Of(run.Trigger),
        Mode = RunNames.Of(run.Mode),
        Purpose = RunNames.Of(run.Purpose),
        DryRun = run.DryRun,
        Status = RunNames.Of(run.Status),
        Phase = run.Status.IsActive() ? RunNames.Of(run.Status) : "finished",
        AsOf = Timestamps.Format(run.AsOf),
        Generation = run.Generation,
        Funnel = new(
            run.Funnel.Members, run.Funnel.ConsentBlocked, run.Funnel.Suppressed, run.Funnel.Holdout, run.Funnel.MissingIdentifier, run.Funnel.Deliverable,
            run.Funnel.Filtered, run.Funnel.Rows, run.Funnel.Expansion, run.Unchanged),
        Source = run.Source is { } source ? new(source.Rows, [.. source.Invalid.Select(error => new RunErrorView(error.Code, error.Detail, error.Count, error.Retryable))]) : null,
        Planned = run.Planned,
        RemovalReasons = run.RemovalReasons,
        Delivered = run.Delivered,
        Rejected = run.Rejected,
        CarriedOver = run.CarriedOver,
        TopErrors = [.. run.TopErrors.Select(error => new RunErrorView(error.Code, error.Detail, error.Count, error.Retryable))],
        Requests = run.Requests,
        Storage = run.Storage,
        StartedAt = Timestamps.Format(run.StartedAt),
        FinishedAt = run.FinishedAt is { } at ? Timestamps.Format(at) : null,
        HeldBecause = run.HeldBecause,
        IsFinished = !run.Status.IsActive(),
        ETag = run.ETag,
    };
}

/// <param name="FilteredAtDestination">Deliverable members whom the destination's filters leave out.</param>
/// <param name="Rows">That the other deliverable members give: one each, or several where the mapping asks for all values of an identifier.</param>
/// <param name="Expansion">Rows beyond one a member.</param>
/// <param name="Unchanged">Rows for which nothing is to be sent.</param>
public sealed record RunFunnelView(
    long Members, long ConsentBlocked, long Suppressed, long Holdout, long MissingIdentifier, long Deliverable, long FilteredAtDestination, long Rows, long Expansion,
    long Unchanged);

/// <param name="Invalid">Values that were left out, by code.</param>
public sealed record RunSourceView(long Rows, ImmutableArray<RunErrorView> Invalid);

public sealed record RunErrorView(string Code, string? Detail, long Count, bool Retryable);
