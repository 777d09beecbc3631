using System.Collections.Immutable;
using AudienceSync.Destinations;
using AudienceSync.Segments;

namespace AudienceSync.Runs;

/// <summary>Tells segments which runs are under way.</summary>
public sealed class ActiveRuns(IRunStore runs, IRunLeases leases, IDestinationStore destinations) : ISegmentRuns
{
    public async Task<ImmutableArray<SegmentRun>> ActiveAsync(IReadOnlyCollection<SegmentUser> users, CancellationToken cancellationToken)
    {
        var active = ImmutableArray.CreateBuilder<SegmentRun>();
        var ids = users.Select(user => user.Id).ToHashSet(StringComparer.Ordinal);
        await foreach (var destination in destinations.ListAllAsync(cancellationToken))
        {
            // A lease without a run is of one that is being started.
            if (ids.Contains(destination.Id)
                && (await leases.ReadAsync(destination.Id, cancellationToken)).RunId is { } runId
                && (await runs.FindAsync(runId, cancellationToken))?.Status.IsActive() is not false)
            {
                active.Add(new(runId, destination.Id));
            }
        }

        return active.DrainToImmutable();
    }
}
