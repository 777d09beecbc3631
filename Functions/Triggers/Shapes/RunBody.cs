using AudienceSync.Runs;

namespace AudienceSync.Triggers.Shapes;

/// <summary>How to run: all of it may be left out.</summary>
internal sealed record RunBody
{
    /// <summary><c>incremental</c> unless given; <c>full</c> sends everyone again.</summary>
    public RunMode Mode { get; init; }

    /// <summary>Counts what would be sent, and sends nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>The moment that the rules are evaluated at; the start of the run unless given.</summary>
    public DateTimeOffset? AsOf { get; init; }
}

/// <summary>What becomes of a held run.</summary>
internal sealed record ApprovalBody
{
    public required ApprovalAction Action { get; init; }
}
