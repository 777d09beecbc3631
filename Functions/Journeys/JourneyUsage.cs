using System.Collections.Immutable;
using AudienceSync.Destinations;
using AudienceSync.Segments;

namespace AudienceSync.Journeys;

/// <summary>Tells segments which journeys take their members in. The destinations of a step use what the step uses.</summary>
public sealed class JourneyUsage(IJourneyStore store, IDestinationStore destinations) : ISegmentUsage
{
    public async Task<ImmutableArray<SegmentUse>> ReadAsync(CancellationToken cancellationToken)
    {
        var journeys = await store.ListAllAsync(cancellationToken).Where(journey => journey.Steps.Any(step => step.EntrySegmentId is not null)).ToListAsync(cancellationToken);
        if (journeys.Count == 0)
        {
            return [];
        }

        var owned = (await destinations.ListAllAsync(cancellationToken).Where(destination => destination.Source is DestinationSource.OfStep).ToListAsync(cancellationToken))
            .ToLookup(destination => destination.Source);
        return [.. journeys.SelectMany(journey => UsesOf(journey, owned))];
    }

    private static IEnumerable<SegmentUse> UsesOf(Journey journey, ILookup<DestinationSource, Destination> owned) =>
        from step in journey.Steps
        where step.EntrySegmentId is not null
        let sent = owned[new DestinationSource.OfStep(journey.Id, step.Key)]
        from user in sent.Select(destination => new SegmentUser("destination", destination.Id, destination.Name, destination.LocksSegment))
            .Prepend(new("journey", journey.Id, journey.Name, sent.Any(destination => destination.LocksSegment)))
        select new SegmentUse(step.EntrySegmentId!, user);
}
