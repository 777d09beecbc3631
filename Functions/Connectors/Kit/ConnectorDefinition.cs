using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <summary>A platform: its capability card and its pure functions. Data, not behaviour: the kit does the rest.</summary>
public sealed partial record ConnectorDefinition
{
    /// <summary>Stable slug: <c>webhook</c>, <c>azure-blob</c>.</summary>
    public required string Type { get; init; }

    public required string DisplayName { get; init; }

    public required Capabilities Capabilities { get; init; }
}

/// <summary>What a platform can do: the card that validation, the catalogue and the planner read.</summary>
public sealed record Capabilities
{
    public required ImmutableArray<DeliveryForm> Forms { get; init; }

    /// <summary>Operations of the membership form. <c>mirror</c> is refused without <see cref="DeliveryOperation.Remove"/>.</summary>
    public required ImmutableArray<DeliveryOperation> Operations { get; init; }

    /// <summary>Most rows in one call; theirs or ours, as the definition says.</summary>
    public required int RowsPerBatch { get; init; }

    /// <summary>Calls in flight per destination.</summary>
    public int ConcurrentCalls { get; init; } = 4;

    /// <summary>Calls a second per connection; 0 for no limit.</summary>
    public double CallsPerSecond { get; init; }

    /// <summary>One call may mix adds, updates and removals.</summary>
    public bool MixesOperations { get; init; }

    /// <summary>Files may hold everyone instead of the difference (setting of the connection decides).</summary>
    public bool FullFiles { get; init; }
}
