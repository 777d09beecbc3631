using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <summary>Speaks to platforms for everyone: runs a connector's steps, sends, reads, redacts. One call is one attempt: retry, halving and pace are the caller's.</summary>
public interface IConnectorClient
{
    /// <summary>Delivers one batch: each step of the connector in order until one gives an outcome. Network faults come back as <see cref="DeliveryOutcome.Failed"/>.</summary>
    Task<DeliveryReport> DeliverAsync(ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken);

    /// <summary>Polls a job that <see cref="DeliveryOutcome.Pending"/> named.</summary>
    Task<DeliveryReport> PollAsync(ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, string jobId, CancellationToken cancellationToken);

    /// <summary>The last step of a run on a file connector: publishes the set (manifest file last). <see cref="DeliveryOutcome.Settled"/> with no rows is success. Null when the connector has no such step.</summary>
    Task<DeliveryReport?> CompleteAsync(ConnectorDefinition connector, ConnectorSettings settings, DeliveryCompletion completion, CancellationToken cancellationToken);

    /// <summary>The requests that <see cref="DeliverAsync"/> would send, redacted and not sent.</summary>
    Task<ImmutableArray<Exchange>> PreviewAsync(ConnectorDefinition connector, ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken);

    /// <summary>The audience's id on the platform: known, looked up, or created.</summary>
    /// <param name="mayCreate">Else it is only looked up.</param>
    Task<AudienceReport> ResolveAudienceAsync(
        ConnectorDefinition connector, ConnectorSettings settings, AudienceRef audience, bool mayCreate, CancellationToken cancellationToken);

    /// <summary>Resolve, connect, authenticate …: a failed step is a result. Sends the connector's cheapest call.</summary>
    Task<ImmutableArray<CheckStep>> CheckAsync(ConnectorDefinition connector, ConnectorSettings settings, CancellationToken cancellationToken);
}

/// <summary>Everything a file connector needs to publish the set of a run.</summary>
/// <param name="Receipts">The receipts of <see cref="DeliveryOutcome.Stored"/>, by batch number.</param>
public sealed record DeliveryCompletion(AudienceRef Audience, string RunId, DateTimeOffset AsOf, bool IsFull, ImmutableArray<string> Receipts)
{
    /// <summary>The targets of the mapping, as in <see cref="DeliveryBatch.FieldNames"/>: the schema of a set without files.</summary>
    public ImmutableArray<string> FieldNames { get; init; } = [];
}
