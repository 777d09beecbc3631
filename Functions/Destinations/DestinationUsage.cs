using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Segments;

namespace AudienceSync.Destinations;

/// <summary>Tells segments and connections which destinations use them. What uses segments for its own destinations (campaigns, journeys) tells so itself.</summary>
public sealed class DestinationUsage(IDestinationStore store) : ISegmentUsage, IConnectionUsage
{
    internal const string Type = "destination";

    public async Task<ImmutableArray<SegmentUse>> ReadAsync(CancellationToken cancellationToken) =>
        [.. (await store.ListAllAsync(cancellationToken).ToListAsync(cancellationToken))
            .Where(destination => destination.Source is DestinationSource.OfSegment)
            .Select(destination => new SegmentUse(
                ((DestinationSource.OfSegment)destination.Source).SegmentId, new(Type, destination.Id, destination.Name, destination.LocksSegment)))];

    public async Task<ImmutableArray<ConnectionUser>> UsersOfAsync(string connectionId, CancellationToken cancellationToken) =>
        [.. (await store.ListByConnectionAsync(connectionId, cancellationToken))
            .Select(destination => new ConnectionUser(Type, destination.Id, destination.Name))];
}
