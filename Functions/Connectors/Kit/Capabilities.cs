using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <summary>What a platform can do: the card that validation, the catalogue and the planner read.</summary>
public sealed record Capabilities
{
    public required ImmutableArray<DeliveryForm> Forms { get; init; }

    /// <summary>Operations of the membership form. <c>mirror</c> is refused without <see cref="DeliveryOperation.Remove"/>.</summary>
    public required ImmutableArray<DeliveryOperation> Operations { get; init; }

    /// <summary>Most rows in one call; theirs or ours, as the definition says. A larger batch is not sent: it comes back as refused, to be halved.</summary>
    public required int RowsPerBatch { get; init; }

    /// <summary>Most removals in one batch, for platforms that add many people in a call and remove one at a time; 0 for as many as <see cref="RowsPerBatch"/>.</summary>
    public int RemovalsPerBatch { get; init; }

    /// <summary>Most bytes of a request body; 0 for no limit. A larger one is not sent: the batch comes back as refused, to be halved.</summary>
    public int MaxBodyBytes { get; init; }

    /// <summary>Calls in flight per destination, those of <see cref="CallsPerBatch"/> counted.</summary>
    public int ConcurrentCalls { get; init; } = 4;

    /// <summary>Calls side by side for one batch whose steps have several parts (<see cref="Step{T}.Parts"/>).</summary>
    /// <value>1.</value>
    public int CallsPerBatch { get; init; } = 1;

    /// <summary>Calls a second per connection; 0 for no limit.</summary>
    public double CallsPerSecond { get; init; }

    /// <summary>Calls a day (UTC) per connection; 0 for no limit. What is left once they are used up is carried over to the next runs.</summary>
    public int CallsPerDay { get; init; }

    /// <summary>How long one call may take, from connecting to the last byte read.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most bytes of an answer that are read; what is beyond is cut off.</summary>
    /// <value>64 KB; more for platforms that answer per row.</value>
    public int MaxResponseBytes { get; init; } = 64 * 1024;

    /// <summary>One call may mix adds, updates and removals.</summary>
    public bool MixesOperations { get; init; }

    /// <summary>Files may hold everyone instead of the difference. Under given settings (<see cref="ConnectorDefinition.CapabilitiesOf"/>): they do.</summary>
    public bool FullFiles { get; init; }

    /// <summary>The platform takes one change at a time per audience.</summary>
    public bool OneCallPerAudience { get; init; }

    /// <summary>How long a job may take; after that its rows are uncertain.</summary>
    /// <value>24 hours.</value>
    public TimeSpan JobTimeout { get; init; } = TimeSpan.FromHours(24);

    /// <summary>What a row is that the answer to its batch does not mention.</summary>
    /// <value><see cref="RowFate.Uncertain"/>.</value>
    public RowFate UnmentionedRow { get; init; } = RowFate.Uncertain;

    /// <summary>What the platform does with a repeated operation id, in words for the card; null when it has no dedupe id.</summary>
    public string? DedupeId { get; init; }
}
