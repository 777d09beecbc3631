using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;

namespace AudienceSync.Delivery;

/// <summary>Finds the audience of a destination on its platform, or creates it, once: what was found is kept in the destination's state.</summary>
/// <remarks>Looking comes before creating, so that whoever died behind a creation finds what was created. One at a time: under the destination's lease.</remarks>
/// <param name="shapes">For platforms where the place for members is made; null where there is none.</param>
public sealed class AudienceResolver(IDestinationStateStore states, IConnectorClient client, SpaceId space, AudienceShapes? shapes = null)
{
    /// <param name="mayCreate">Else it is only looked up.</param>
    public async Task<ResolvedAudience> ResolveAsync(Destination destination, OpenedConnection connection, bool mayCreate, CancellationToken cancellationToken)
    {
        var audience = await KnownAsync(destination, connection.Connection, cancellationToken);
        var connector = connection.Connector;
        if (audience.ExternalId is not null || !connector.FindsAudiences(connection.Settings))
        {
            return new(audience, null);
        }

        var shaped = connector.Transport is null || shapes is null ? audience : audience with { Shape = await shapes.OfAsync(destination, connector, cancellationToken) };
        var report = await client.ResolveAudienceAsync(connector, connection.Settings, shaped, mayCreate, cancellationToken);
        if (report.ExternalId is { } found)
        {
            await states.UpdateAsync(destination.Id, state => state with { AudienceId = found }, cancellationToken);
            return new(audience with { ExternalId = found }, null);
        }

        var isMissing = report.Failure is null && mayCreate && connector.CanCreateAudience;
        return new(audience, isMissing ? new DeliveryOutcome.Misconfigured("audience_not_created", "The platform did not say under which id it created it.") : report.Failure);
    }

    /// <summary>The audience as far as it is known without asking the platform.</summary>
    public async Task<AudienceRef> KnownAsync(Destination destination, Connection connection, CancellationToken cancellationToken)
    {
        var audience = destination.ToAudienceRef();
        if (destination.Source is DestinationSource.OfStep)
        {
            audience = audience with { Step = new(space.Value, connection.Name) };
        }

        return audience.ExternalId is not null ? audience
            : audience with { ExternalId = (await states.GetAsync(destination.Id, cancellationToken))?.AudienceId };
    }
}

/// <param name="Failure">Why its id is not known; null when it is, or when the connector has no such notion.</param>
public sealed record ResolvedAudience(AudienceRef Audience, DeliveryOutcome? Failure);
