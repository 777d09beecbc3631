using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Values;

namespace AudienceSync.Delivery;

public enum TestEventKind
{
    Entered = 1,
    Exited,
    Changed,
}

/// <param name="IsDryRun">The exact request is shown and nothing is sent.</param>
/// <param name="ProfileId">Null to have a profile generated.</param>
public sealed record TestEvent(TestEventKind Kind, bool IsDryRun, string? ProfileId)
{
    /// <summary>Instead of the destination's own: sound by its rules, not saved. Null for the saved one.</summary>
    public ImmutableArray<MappingEntry>? Mapping { get; init; }
}

/// <param name="Milliseconds">Null where nothing was waited for.</param>
public sealed record TestStep(string Name, bool Ok, long? Milliseconds, string? Detail);

/// <summary>How a test went.</summary>
/// <param name="Outcome">Null when a gate stopped it.</param>
public sealed record TestEventReport(
    TestEvent Event, string ProfileId, bool IsGenerated, IReadOnlyList<TestStep> Steps, ImmutableArray<Exchange> Exchanges, TestOutcome? Outcome)
{
    public bool Ok => Steps.All(step => step.Ok);

    /// <summary>What is sent of the profile: a row, or several where the mapping asks for all values of an identifier; none when a gate stopped it.</summary>
    public ImmutableArray<Row> Rows { get; init; } = [];
}

/// <summary>What became of the calls of a test.</summary>
/// <param name="RemoteId">The platform's own id of the person; null where it told none.</param>
internal sealed record TestDelivery(TestStep Step, ImmutableArray<Exchange> Exchanges, TestOutcome Outcome, string? RemoteId)
{
    /// <summary>Of two the first that went wrong tells how it went.</summary>
    public static TestDelivery operator +(TestDelivery left, TestDelivery right)
    {
        var told = left.Step.Ok ? right : left;
        return new(
            told.Step with { Milliseconds = left.Step.Milliseconds + right.Step.Milliseconds }, [.. left.Exchanges, .. right.Exchanges], told.Outcome, left.RemoteId ?? right.RemoteId);
    }
}

/// <param name="Code"><c>accepted</c>, <c>dry_run</c>, or what the platform's answer came to.</param>
public sealed record TestOutcome(string Code, string? Detail)
{
    public static (bool IsOk, TestOutcome Outcome) Of(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Settled { Rows: var rows } when rows.All(row => row.Fate is RowFate.Accepted) => (true, new("accepted", null)),
        DeliveryOutcome.Settled { Rows: var rows } => (false, Of(rows.First(row => row.Fate is not RowFate.Accepted))),
        DeliveryOutcome.Stored => (true, new("accepted", null)),
        DeliveryOutcome.Pending => (true, new("pending", "The platform took the batch as a job; its answer comes later.")),
        DeliveryOutcome.Throttled throttled => (false, new(throttled.Code, "The platform asks to wait.")),
        DeliveryOutcome.Failed failed => (false, new(failed.Code, failed.Detail)),
        DeliveryOutcome.Unauthorized unauthorized => (false, new(unauthorized.Code, unauthorized.Detail)),
        DeliveryOutcome.Refused refused => (false, new(refused.Code, refused.Detail)),
        DeliveryOutcome.Misconfigured misconfigured => (false, new(misconfigured.Code, misconfigured.Detail)),
        _ => throw new InvalidOperationException("The family of outcomes is closed."),
    };

    private static TestOutcome Of(RowOutcome row) => new(row.Code ?? "rejected", row.Detail);
}
