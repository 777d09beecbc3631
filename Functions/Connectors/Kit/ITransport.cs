using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <summary>Speaks to the platforms of one connector in a protocol that is not HTTP, such as a database's. What the steps of a <see cref="ConnectorDefinition"/> are to the others.</summary>
/// <remarks>As with <see cref="IConnectorClient"/>, which calls it: one call is one attempt, faults of the network are outcomes, exchanges hold neither secrets nor values of people.</remarks>
public interface ITransport
{
    /// <summary>The connector's slug.</summary>
    string Type { get; }

    /// <summary>Delivers rows that the connector's own checks let pass.</summary>
    Task<DeliveryReport> DeliverAsync(ConnectorSettings settings, DeliveryBatch batch, CancellationToken cancellationToken);

    /// <summary>What <see cref="DeliverAsync"/> would say, with the values of the rows; nothing is said.</summary>
    ImmutableArray<Exchange> Preview(ConnectorSettings settings, DeliveryBatch batch);

    /// <summary>The audience's id on the platform: looked up, or created.</summary>
    /// <param name="mayCreate">Else it is only looked up.</param>
    Task<AudienceReport> ResolveAudienceAsync(ConnectorSettings settings, AudienceRef audience, bool mayCreate, CancellationToken cancellationToken);

    /// <summary>The steps of a check; the first that failed is the last.</summary>
    Task<ImmutableArray<CheckStep>> CheckAsync(ConnectorSettings settings, CancellationToken cancellationToken);
}
