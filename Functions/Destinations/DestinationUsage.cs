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
            .SelectMany(UsesOf)];

    /// <summary>Its members come from the segment of its source; those that its filters refer to are looked at.</summary>
    private static IEnumerable<SegmentUse> UsesOf(Destination destination)
    {
        var user = new SegmentUser(Type, destination.Id, destination.Name, destination.LocksSegment);
        if (destination.Source is DestinationSource.OfSegment(var segmentId))
        {
            yield return new(segmentId, user);
        }

        foreach (var id in destination.Filters.Select(filter => filter.When).OfType<RuleNode>().SelectMany(RuleReferences.IdsOf).Distinct(StringComparer.Ordinal))
        {
            yield return new(id, user, NeedsShared: false);
        }
    }

    public async Task<ImmutableArray<ConnectionUser>> UsersOfAsync(string connectionId, CancellationToken cancellationToken) =>
        [.. (await store.ListByConnectionAsync(connectionId, cancellationToken))
            .Select(destination => new ConnectionUser(Type, destination.Id, destination.Name))];
}
