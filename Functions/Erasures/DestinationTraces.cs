using AudienceSync.Destinations;

namespace AudienceSync.Erasures;

/// <summary>The state of a destination repeats what its platform said last.</summary>
public sealed class DestinationTraces(IDestinationStateStore states) : IPersonTraces
{
    public async Task<int> PurgeAsync(ErasedPeople people, CancellationToken cancellationToken)
    {
        var found = 0;
        await foreach (var state in states.ListAllAsync(cancellationToken))
        {
            if (state.Detail is { } detail && people.Words.Mask(detail) != detail)
            {
                await states.UpdateAsync(
                    state.DestinationId, current => current.Detail is { } words ? current with { Detail = people.Words.Mask(words) } : current, cancellationToken);
                found++;
            }
        }

        return found;
    }
}
