using System.Collections.Immutable;
using AudienceSync.Connections;

namespace AudienceSync.Destinations;

/// <summary>Tells connections which destinations use them.</summary>
public sealed class DestinationConnectionUsage(IDestinationStore store) : IConnectionUsage
{
    public async Task<ImmutableArray<ConnectionUser>> UsersOfAsync(string connectionId, CancellationToken cancellationToken) =>
        [.. (await store.ListByConnectionAsync(connectionId, cancellationToken)).Select(destination => new ConnectionUser("destination", destination.Id, destination.Name))];
}
