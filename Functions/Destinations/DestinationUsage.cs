using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Segments;

namespace AudienceSync.Destinations;

/// <summary>Tells segments and connections which destinations use them.</summary>
public sealed class DestinationUsage(IDestinationStore store) : ISegmentUsage, IConnectionUsage
{
    private const string Type = "destination";

    public async Task<ImmutableArray<SegmentUser>> OfAsync(string segmentId, CancellationToken cancellationToken) =>
        [.. (await store.ListBySegmentAsync(segmentId, cancellationToken))
            .Select(destination => new SegmentUser(Type, destination.Id, destination.Name, destination.LocksSegment))];

    public async Task<ImmutableArray<ConnectionUser>> UsersOfAsync(string connectionId, CancellationToken cancellationToken) =>
        [.. (await store.ListByConnectionAsync(connectionId, cancellationToken))
            .Select(destination => new ConnectionUser(Type, destination.Id, destination.Name))];
}
