using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Delivery;

/// <summary>Shows the requests that a destination would make for some profiles: gates, mapping and connector as in a run. Nothing is sent, and nothing is kept.</summary>
public sealed class DeliverySimulator(ConnectionService connections, AudienceResolver audiences, TrackingIds trackingIds, IConnectorClient client, TimeProvider time)
{
    /// <summary>Refused when the connection is gone or cannot be opened.</summary>
    /// <param name="profiles">As profile pages hold them; all members of the destination's source, and new to it.</param>
    internal async Task<Result<SimulatedDelivery>> SimulateAsync(
        Destination destination, IReadOnlyList<Row> profiles, DateTimeOffset asOf, CancellationToken cancellationToken) =>
        await (await connections.OpenAsync(destination.ConnectionId, cancellationToken))
            .ThenAsync<SimulatedDelivery>(async connection => await SimulateAsync(destination, connection, profiles, asOf, cancellationToken));

    private async Task<SimulatedDelivery> SimulateAsync(
        Destination destination, OpenedConnection connection, IReadOnlyList<Row> profiles, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var mapping = CompiledMapping.Compile(destination.Mapping, trackingIds);
        var rows = new List<DeliveryRow>();
        var (consentBlocked, missingIdentifier) = (0, 0);
        foreach (var profile in profiles)
        {
            var fields = mapping.Render(profile);
            if (destination.ConsentPurpose is { } purpose && !IsGranted(profile[ProfileColumns.Consent(purpose)]))
            {
                consentBlocked++;
            }
            else if (!mapping.HasRequired(fields, connection.Connector.Fields))
            {
                missingIdentifier++;
            }
            else
            {
                rows.Add(RowOf(destination.Mode, mapping, profile[ProfileColumns.Id].AsText(), fields));
            }
        }

        return new(consentBlocked, missingIdentifier, await PreviewAsync(destination, connection, mapping, rows, asOf, cancellationToken));
    }

    private static bool IsGranted(Cell consent) => consent.Type is CellType.Boolean && consent.AsBoolean();

    private static DeliveryRow RowOf(DestinationMode mode, CompiledMapping mapping, string id, Row fields) => mode switch
    {
        DestinationMode.RemoveOnly => new($"sim-{id}", id, DeliveryOperation.Remove, mapping.IdentifiersOf(fields)),
        DestinationMode.UpdateOnly => new($"sim-{id}", id, DeliveryOperation.Update, mapping.ForUpdate(new(fields))),
        _ => new($"sim-{id}", id, DeliveryOperation.Add, mapping.ForAdd(new(fields))),
    };

    private async Task<ImmutableArray<Exchange>> PreviewAsync(
        Destination destination, OpenedConnection connection, CompiledMapping mapping, List<DeliveryRow> rows, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var form = ModeRules.FormOf(destination.Mode, connection.Connector.Capabilities);
        var size = Math.Clamp(connection.Connector.CapabilitiesOf(connection.Settings, form).RowsPerBatch, 1, 10_000);
        var audience = await audiences.KnownAsync(destination, connection.Connection, cancellationToken);
        var exchanges = ImmutableArray.CreateBuilder<Exchange>();
        foreach (var (number, chunk) in rows.Chunk(size).Index())
        {
            var batch = new DeliveryBatch
            {
                Audience = audience,
                Form = form,
                RunId = "simulation",
                MessageId = $"msg_{NewId.Ulid(time.GetUtcNow())}",
                Number = number,
                AsOf = asOf,
                AttributesOnly = destination.Mode is DestinationMode.UpdateOnly,
                FieldNames = mapping.Targets,
                Rows = [.. chunk],
            };
            exchanges.AddRange(await client.PreviewAsync(connection.Connector, connection.Settings, batch, cancellationToken));
        }

        return exchanges.DrainToImmutable();
    }
}

/// <param name="Exchanges">The requests, unanswered; redacted but for the people.</param>
public sealed record SimulatedDelivery(int ConsentBlocked, int MissingIdentifier, ImmutableArray<Exchange> Exchanges);
