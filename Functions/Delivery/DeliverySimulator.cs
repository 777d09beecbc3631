using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Delivery;

/// <summary>Shows the requests or files that a destination would make of some profiles, all new to it. Nothing is sent, and nothing is kept.</summary>
/// <remarks>Gates and mapping are those of the event tester; what it makes of each profile is put together into batches as in a run.</remarks>
public sealed class DeliverySimulator(
    EventTester tester, ConnectionService connections, IAttributeCatalog attributes, AudienceResolver audiences, IConnectorClient client, TimeProvider time)
{
    private const int LargestBatch = 10_000;

    /// <summary>Refused when the connection is gone or cannot be opened.</summary>
    /// <param name="profileIds">Members of the destination's source.</param>
    internal async Task<Result<SimulatedDelivery>> SimulateAsync(
        Destination destination, IReadOnlyList<string> profileIds, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var rows = new List<DeliveryRow>();
        var stopped = ImmutableArray.CreateBuilder<StoppedProfile>();
        var (kind, operation) = FirstEventOf(destination.Mode);
        foreach (var id in profileIds)
        {
            switch (await tester.TestAsync(destination.Id, new(kind, IsDryRun: true, id), cancellationToken))
            {
                case Result<TestEventReport>.Ok({ Ok: true } report):
                    rows.AddRange(report.Rows.Select((fields, index) => new DeliveryRow($"sim-{id}{(index == 0 ? "" : $"-{index + 1}")}", id, operation, fields)));
                    break;
                case Result<TestEventReport>.Ok(var report):
                    stopped.Add(new(id, report.Steps.First(step => !step.Ok) is { Detail: { } detail } ? detail : ""));
                    break;
                case Result<TestEventReport>.Refused(var refusal) when refusal.Faults.Any(fault => fault.Code == "unknown_profile"):
                    break; // erased between the choice and now
                case Result<TestEventReport>.Refused(var refusal):
                    return refusal;
            }
        }

        return await (await connections.OpenAsync(destination.ConnectionId, cancellationToken)).ThenAsync<SimulatedDelivery>(async connection =>
        {
            var expanded = await MappingCategories.ExpandAsync(destination, connection.Connector.Fields, attributes, cancellationToken);
            return new SimulatedDelivery(stopped.DrainToImmutable(), await PreviewAsync(expanded, connection, rows, asOf, cancellationToken));
        });
    }

    /// <summary>What happens first to a new member.</summary>
    private static (TestEventKind Kind, DeliveryOperation Operation) FirstEventOf(DestinationMode mode) => mode switch
    {
        DestinationMode.RemoveOnly => (TestEventKind.Exited, DeliveryOperation.Remove),
        DestinationMode.UpdateOnly => (TestEventKind.Changed, DeliveryOperation.Update),
        _ => (TestEventKind.Entered, DeliveryOperation.Add),
    };

    private async Task<ImmutableArray<Exchange>> PreviewAsync(
        Destination destination, OpenedConnection connection, List<DeliveryRow> rows, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var form = ModeRules.FormOf(destination.Mode, connection.Connector.Capabilities);
        var capabilities = connection.Connector.CapabilitiesOf(connection.Settings, form);
        var most = destination.Mode is DestinationMode.RemoveOnly && capabilities.RemovalsPerBatch > 0 ? capabilities.RemovalsPerBatch : capabilities.RowsPerBatch;
        var audience = await audiences.KnownAsync(destination, connection.Connection, cancellationToken);
        var exchanges = ImmutableArray.CreateBuilder<Exchange>();
        foreach (var (number, chunk) in rows.Chunk(Math.Clamp(most, 1, LargestBatch)).Index())
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
                FieldNames = [.. destination.Mapping.Select(entry => entry.To)],
                KeyNames = [.. destination.Mapping.Where(entry => entry.Identifier).Select(entry => entry.To)],
                Rows = [.. chunk],
            };
            exchanges.AddRange(await client.PreviewAsync(connection.Connector, connection.Settings, batch, cancellationToken));
        }

        return exchanges.DrainToImmutable();
    }
}

/// <param name="Stopped">Profiles that a gate stops.</param>
/// <param name="Exchanges">The requests, unanswered; redacted but for the people.</param>
public sealed record SimulatedDelivery(ImmutableArray<StoppedProfile> Stopped, ImmutableArray<Exchange> Exchanges);

/// <param name="Detail">By which gate, in words.</param>
public sealed record StoppedProfile(string ProfileId, string Detail);
