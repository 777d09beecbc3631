using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Segments;

namespace AudienceSync.Destinations;

/// <summary>Tells segments and connections which destinations use them.</summary>
public sealed class DestinationUsage(IDestinationStore store) : ISegmentUsage, IConnectionUsage
{
    private const string Type = "destination";

    public async Task<ImmutableArray<SegmentUse>> ReadAsync(CancellationToken cancellationToken) =>
        [.. (await store.ListAllAsync(cancellationToken).ToListAsync(cancellationToken))
            .Select(destination => new SegmentUse(destination.SegmentId, new(Type, destination.Id, destination.Name, destination.LocksSegment)))];

    public async Task<ImmutableArray<ConnectionUser>> UsersOfAsync(string connectionId, CancellationToken cancellationToken) =>
        [.. (await store.ListByConnectionAsync(connectionId, cancellationToken))
            .Select(destination => new ConnectionUser(Type, destination.Id, destination.Name))];
}
